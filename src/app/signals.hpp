#pragma once
// Signals as calls on a thread of their own: nothing runs inside a signal handler.
#include <atomic>
#include <functional>
#include <thread>

namespace davit::app {

/// Blocks the signals for the whole process from here on, so make it before any other thread. Ignores SIGPIPE and
/// SIGXFSZ: a closed connection and a full quota are errors of calls, not of the process.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// `stop` for SIGTERM and SIGINT, `reopen` for SIGHUP.
    void watch(std::function<void()> stop, std::function<void()> reopen);

private:
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

}  // namespace davit::app
