#include "housekeeping.hpp"

#include <sys/resource.h>

namespace davit::app {
namespace {

/// The trash is emptied after the responses to waiting requests.
constexpr auto patience = std::chrono::milliseconds(100);
constexpr int less_important = 10;  // nice(2), for this thread only

/// The interval between retries of a part that could not be removed.
constexpr auto retry_after = std::chrono::seconds(60);

}  // namespace

Housekeeping::Housekeeping(std::function<bool()> work, std::chrono::seconds period)
    : work_(std::move(work)), period_(period), thread_([this] { run(); }) {}

Housekeeping::~Housekeeping() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    condition_.notify_one();
    thread_.join();
}

void Housekeeping::wake() {
    {
        const std::lock_guard guard(mutex_);
        wanted_ = true;
    }
    condition_.notify_one();
}

void Housekeeping::run() {
    constexpr int tries = 1000;  // parts that run without a rest
    (void)::setpriority(PRIO_PROCESS, 0, less_important);
    std::unique_lock guard(mutex_);
    while (true) {
        condition_.wait_for(guard, period_, [this] { return wanted_ || stopping_; });
        condition_.wait_for(guard, patience, [this] { return stopping_; });
        wanted_ = false;
        bool finished = false;
        for (int i = 0; i < tries && !finished && !stopping_; ++i) {
            guard.unlock();
            finished = work_();
            guard.lock();
        }
        if (stopping_) return;
        if (!finished) {
            condition_.wait_for(guard, retry_after, [this] { return wanted_ || stopping_; });
            wanted_ = true;
        }
    }
}

}  // namespace davit::app
