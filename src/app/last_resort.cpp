#include "last_resort.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace davit::app {

void LastResort::begin(std::chrono::milliseconds patience) {
    const std::lock_guard begun(mutex_);
    end_ = std::min(end_, std::chrono::steady_clock::now() + patience);
    condition_.notify_one();
    if (thread_.joinable()) return;
    thread_ = std::thread([this] {
        std::unique_lock guard(mutex_);
        while (!over_ && std::chrono::steady_clock::now() < end_) condition_.wait_until(guard, end_);
        if (over_) return;
        // Another thread writes, because standard error may be what hangs.
        std::thread([] { std::fputs("davit: ending although a task still runs\n", stderr); }).detach();
        condition_.wait_for(guard, std::chrono::milliseconds(200), [] { return false; });
        ::_exit(1);
    });
}

LastResort::~LastResort() {
    {
        const std::lock_guard guard(mutex_);
        over_ = true;
    }
    condition_.notify_one();
    if (thread_.joinable()) thread_.join();
}

}  // namespace davit::app
