#pragma once
// A low-priority thread for continuous work.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace davit::app {

class Patrol {
public:
    /// `work` does a bounded part and returns how long to rest before the next.
    explicit Patrol(std::function<std::chrono::milliseconds()> work);
    ~Patrol();
    Patrol(const Patrol&) = delete;
    Patrol& operator=(const Patrol&) = delete;

private:
    void run();

    std::function<std::chrono::milliseconds()> work_;
    std::mutex mutex_;
    std::condition_variable condition_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace davit::app
