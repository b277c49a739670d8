#pragma once
// Calls functions for signals on a separate thread: no code runs inside a signal handler.
#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace davit::app {

/// Blocks the signals for the whole process, so create it before any other thread. Ignores SIGPIPE and SIGXFSZ: a
/// closed connection and a full quota are errors of calls, not of the process.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Calls `stop` for the first SIGTERM or SIGINT, `stop_now` for each later one, `reopen` for SIGHUP.
    void watch(std::function<void()> stop, std::function<void()> stop_now, std::function<void()> reopen);
    /// After this returns no call runs or begins, so the objects that the calls use may be destroyed.
    void end();

private:
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

/// Ends the watch when it is destroyed. Create it after everything that the calls use.
struct EndOfWatch {
    void operator()(Signals* signals) const { signals->end(); }
};
using Watch = std::unique_ptr<Signals, EndOfWatch>;

}  // namespace davit::app
