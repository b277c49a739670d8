#pragma once
// One running request, and its memory.
#include <chrono>
#include <cstddef>
#include <new>
#include <optional>
#include <vector>

#include "davit/http/exchange.hpp"
#include "davit/http/known_head.hpp"
#include "head_lines.hpp"

namespace davit::http {

/// Recycles the memory of completed requests: an idle connection holds none, and a new request need not allocate any.
/// One for each event loop's thread.
class SpareMemory {
public:
    SpareMemory() = default;
    SpareMemory(const SpareMemory&) = delete;
    SpareMemory& operator=(const SpareMemory&) = delete;
    ~SpareMemory() {
        for (auto* block : blocks_) ::operator delete(block);
    }
    void* take(std::size_t size) {
        if (blocks_.empty()) return ::operator new(size);
        auto* block = blocks_.back();
        blocks_.pop_back();
        return block;
    }
    void give(void* block) {
        if (blocks_.size() == most) return ::operator delete(block);
        blocks_.push_back(block);
    }

private:
    static constexpr std::size_t most = 16;
    std::vector<void*> blocks_;
};

struct Turn {
    using Clock = std::chrono::steady_clock;

    static void* operator new(std::size_t size) { return spare().take(size); }
    static void operator delete(void* block) { spare().give(block); }
    static SpareMemory& spare() {
        thread_local SpareMemory memory;
        return memory;
    }

    /// The parser of the head: the cached one if the head was known.
    Parser& parser() { return known ? known->parser : *own; }
    const Parser& parser() const { return known ? known->parser : *own; }
    Parser& begin_parsing(const Limits& limits) {
        if (!own) prepare(own.emplace(), limits);
        return *own;
    }

    Clock::time_point started = Clock::now();
    std::shared_ptr<KnownHead> known;
    std::optional<Parser> own;    ///< created when there is something to parse
    std::size_t taken = 0;        ///< bytes of the head so far
    std::size_t empty_lines = 0;  ///< before the head
    HeadLines lines;
    std::optional<Failure> malformed;
    std::optional<MemoryBudget::Share> memory;  ///< of a large head, or of the answer
    std::optional<RequestBody> body;            ///< once the head is there
    std::optional<Exchange> exchange;
    std::optional<ClientTable::Entry> running;  ///< behind a trusted proxy
};

}  // namespace davit::http
