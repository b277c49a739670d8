#pragma once
// Notifications to systemd by sd_notify(3). Without NOTIFY_SOCKET every call does nothing.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "davit/http/server_options.hpp"

namespace davit::app {

/// Uses the sockets that systemd passes (LISTEN_FDS). They replace all configured listeners for files, and with that
/// name the management listener. FileDescriptorName= gives the purpose: "https", "management", any other for plain
/// HTTP. Returns false when there are none.
bool take_passed_sockets(http::ServerOptions& options);

/// The listeners are open: dependent units may start.
void tell_ready(const std::string& status);
/// The server is stopping. Running requests may finish; systemd waits for them (TimeoutStopSec).
void tell_stopping();
/// Runs `work`, the reload of SIGHUP, so that `systemctl reload` returns when it is complete.
void while_reloading(const std::function<void()>& work);

/// How long systemd waits for a sign of life (WatchdogSec); nothing when it does not supervise this process.
std::optional<std::chrono::microseconds> watchdog_patience();

/// Notifies the watchdog from its own thread as long as `alive` returns true. `alive` must test a response of the
/// server itself, because a running thread proves nothing about the event loops. It must take less than two thirds of
/// the patience.
class Watchdog {
public:
    /// Does nothing when systemd has no watchdog for this process.
    explicit Watchdog(std::function<bool()> alive);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    /// Stops calling `alive`: a stopping server does not respond, and has its own deadline.
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
