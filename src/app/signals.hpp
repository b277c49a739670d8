#pragma once
// Signals as calls on a thread of their own: nothing runs inside a signal handler.
#include <atomic>
#include <functional>
#include <memory>
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

    /// `stop` for the first SIGTERM or SIGINT, `stop_now` for each later one, `reopen` for SIGHUP.
    void watch(std::function<void()> stop, std::function<void()> stop_now, std::function<void()> reopen);
    /// No call begins or runs after this: what the calls use may go.
    void end();

private:
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

/// Ends the watch of these signals when it goes; make it after everything the calls use.
struct EndOfWatch {
    void operator()(Signals* signals) const { signals->end(); }
};
using Watch = std::unique_ptr<Signals, EndOfWatch>;

}  // namespace davit::app
