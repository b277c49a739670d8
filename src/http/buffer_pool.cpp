#include "davit/http/buffer_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <new>
#include <vector>

namespace davit::http {
namespace {

constexpr std::size_t most_spare = 64;

class Spare {
public:
    ~Spare() {
        for (auto* bytes : blocks_) ::munmap(bytes, BufferPool::block);
    }
    char* take() {
        if (blocks_.empty()) return map();
        auto* bytes = blocks_.back();
        blocks_.pop_back();
        return bytes;
    }
    void give(char* bytes) {
        if (blocks_.size() < most_spare) return blocks_.push_back(bytes);
        ::munmap(bytes, BufferPool::block);
    }

private:
    static char* map() {
        auto* bytes = ::mmap(nullptr, BufferPool::block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (bytes == MAP_FAILED) throw std::bad_alloc();
        return static_cast<char*>(bytes);
    }
    std::vector<char*> blocks_;
};

thread_local Spare spare;

/// The last window that was given back is the first to be taken: its pages are in the processor's cache, and those that
/// are not needed stay at the bottom.
struct SpareWindows {
    std::mutex mutex;
    std::vector<std::unique_ptr<std::byte[]>> windows;
    std::size_t least = 0;  ///< size of `windows` at its lowest since the last trim
};

SpareWindows& spare_windows() {
    static SpareWindows pool;
    return pool;
}

}  // namespace

ReceiveWindow::ReceiveWindow() {
    auto& pool = spare_windows();
    {
        const std::lock_guard lock(pool.mutex);
        if (!pool.windows.empty()) {
            bytes_ = std::move(pool.windows.back());
            pool.windows.pop_back();
            pool.least = std::min(pool.least, pool.windows.size());
        }
    }
    if (!bytes_) bytes_.reset(new std::byte[size]);
}

ReceiveWindow::~ReceiveWindow() {
    auto& pool = spare_windows();
    const std::lock_guard lock(pool.mutex);
    if (pool.windows.capacity() == 0) pool.windows.reserve(most_spare);
    if (pool.windows.size() < most_spare) pool.windows.push_back(std::move(bytes_));
}

void ReceiveWindow::trim() {
    auto& pool = spare_windows();
    std::vector<std::unique_ptr<std::byte[]>> unused;
    const std::lock_guard lock(pool.mutex);
    const auto end = pool.windows.begin() + static_cast<std::ptrdiff_t>(pool.least);
    unused.assign(std::move_iterator(pool.windows.begin()), std::move_iterator(end));
    pool.windows.erase(pool.windows.begin(), end);
    pool.least = pool.windows.size();
}

void BufferPool::Return::operator()(char* bytes) const {
    if (capacity == block) return spare.give(bytes);
    delete[] bytes;
}

BufferPool::Buffer BufferPool::take(std::size_t capacity) {
    if (capacity <= block) return {spare.take(), Return{block}};
    return {new char[capacity], Return{capacity}};
}

}  // namespace davit::http
