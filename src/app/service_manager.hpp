#pragma once
// What systemd is told when it has started us, by sd_notify(3). Without NOTIFY_SOCKET every call does nothing.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "davit/http/server_options.hpp"

namespace davit::app {

/// Sockets that systemd listens on for us (LISTEN_FDS): they take the place of everything the configuration would
/// listen on for files, and when one has that name, for management. FileDescriptorName= says what each is for: "https",
/// "management", anything else for plain HTTP. False when there are none.
bool take_passed_sockets(http::ServerOptions& options);

/// The listeners are open: units that wait for this one may start.
void tell_ready(const std::string& status);
/// Running requests may finish; systemd waits for them (TimeoutStopSec).
void tell_stopping();
/// Runs `work`, what SIGHUP asks for, so that `systemctl reload` returns when it is done.
void while_reloading(const std::function<void()>& work);

/// How long systemd waits for a sign of life (WatchdogSec); nothing when it does not watch this process.
std::optional<std::chrono::microseconds> watchdog_patience();

/// Feeds the watchdog from a thread of its own as long as `alive` says so: an answer from the server itself, since a
/// thread that merely runs shows nothing of the event loops. `alive` takes less than two thirds of the patience.
class Watchdog {
public:
    /// Does nothing when systemd does not watch.
    explicit Watchdog(std::function<bool()> alive);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    /// From now on `alive` is not asked: a server that stops answers nobody, and has its own deadline for that.
    void rest();

private:
    void feed(std::chrono::microseconds period);

    std::function<bool()> alive_;
    std::mutex mutex_;
    std::condition_variable condition_;
    bool resting_ = false;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace davit::app
