#pragma once
// Ends the process when stopping takes longer than it may: a thread that waits for a dead disk cannot be ended alone.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace davit::app {

/// What was promised to clients is on the disk before they are answered, so ending without waiting loses nothing.
class LastResort {
public:
    LastResort() = default;
    ~LastResort();
    LastResort(const LastResort&) = delete;
    LastResort& operator=(const LastResort&) = delete;

    /// Unless this is destroyed before, the process ends after `patience` with exit code 1. A later call can only
    /// shorten the time that is left.
    void begin(std::chrono::milliseconds patience);

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool over_ = false;
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
    std::thread thread_;
};

}  // namespace davit::app
