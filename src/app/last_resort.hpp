#pragma once
// Ends the process when stopping takes too long, because a thread that waits for a dead disk cannot be ended alone.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace davit::app {

/// Clients get responses only after their changes are on the disk, so ending without waiting loses nothing.
class LastResort {
public:
    LastResort() = default;
    ~LastResort();
    LastResort(const LastResort&) = delete;
    LastResort& operator=(const LastResort&) = delete;

    /// Ends the process with exit code 1 after `patience`, unless this object is destroyed before. A later call can
    /// only shorten the remaining time.
    void begin(std::chrono::milliseconds patience);

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool over_ = false;
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
    std::thread thread_;
};

}  // namespace davit::app
