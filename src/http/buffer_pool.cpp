#include "davit/http/buffer_pool.hpp"

#include <sys/mman.h>

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

}  // namespace

void BufferPool::Return::operator()(char* bytes) const {
    if (capacity == block) return spare.give(bytes);
    delete[] bytes;
}

BufferPool::Buffer BufferPool::take(std::size_t capacity) {
    if (capacity <= block) return {spare.take(), Return{block}};
    return {new char[capacity], Return{capacity}};
}

}  // namespace davit::http
