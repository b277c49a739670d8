#include "patrol.hpp"

#include <sys/resource.h>

namespace davit::app {
namespace {

/// Requests have priority. On Linux this affects only the calling thread.
void step_back() {
    constexpr int least_important = 19;
    (void)::setpriority(PRIO_PROCESS, 0, least_important);
}

}  // namespace

Patrol::Patrol(std::function<std::chrono::milliseconds()> work) : work_(std::move(work)), thread_([this] { run(); }) {}

Patrol::~Patrol() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    condition_.notify_one();
    thread_.join();
}

void Patrol::run() {
    step_back();
    std::unique_lock guard(mutex_);
    while (!stopping_) {
        guard.unlock();
        const auto rest = work_();
        guard.lock();
        condition_.wait_for(guard, rest, [this] { return stopping_; });
    }
}

}  // namespace davit::app
