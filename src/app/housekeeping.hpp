#pragma once
// A thread that empties the trash after removals, so that no request waits for it.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace davit::app {

class Housekeeping {
public:
    /// `work` does a bounded part and returns true when nothing is left. The thread calls it every `period`, and after
    /// wake().
    Housekeeping(std::function<bool()> work, std::chrono::seconds period);
    ~Housekeeping();
    Housekeeping(const Housekeeping&) = delete;
    Housekeeping& operator=(const Housekeeping&) = delete;
    void wake();

private:
    void run();

    std::function<bool()> work_;
    std::chrono::seconds period_;
    std::mutex mutex_;
    std::condition_variable condition_;
    bool wanted_ = true;  ///< a crash may have left something
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace davit::app
