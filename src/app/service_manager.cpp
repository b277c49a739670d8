#include "service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "davit/http/server.hpp"

namespace davit::app {
namespace {

constexpr int keep_environment = 0;  // the watchdog's thread also notifies

void notify(const std::string& state) {
    ::sd_notify(keep_environment, state.c_str());
}

/// The start time of a reload, for systemd.
std::string monotonic_usec() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

struct Passed {
    std::string name;
    http::PassedEndpoint socket;
};

std::vector<Passed> passed_sockets() {
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &names);
    std::vector<Passed> found;
    for (int i = 0; i < count; ++i) {
        const int descriptor = SD_LISTEN_FDS_START + i;
        found.push_back({names[i], {descriptor, http::passed_address(descriptor)}});
        std::free(names[i]);
    }
    std::free(static_cast<void*>(names));
    return found;
}

}  // namespace

bool take_passed_sockets(http::ServerOptions& options) {
    // The environment has this information once, and the descriptors are taken over. A reread configuration needs the
    // same sockets.
    static const auto sockets = passed_sockets();
    if (sockets.empty()) return false;
    options.endpoints.clear();
    options.tls.endpoints.clear();
    bool first_for_management = true;
    for (const auto& [name, socket] : sockets) {
        if (name == "management" && std::exchange(first_for_management, false)) options.management.clear();
        auto& into = name == "https"        ? options.tls.endpoints
                     : name == "management" ? options.management
                                            : options.endpoints;
        into.emplace_back(socket);
    }
    return true;
}

void tell_ready(const std::string& status) {
    notify("READY=1\nSTATUS=" + status);
}

void tell_stopping() {
    notify("STOPPING=1\nSTATUS=Running requests may finish");
}

void while_reloading(const std::function<void()>& work) {
    notify("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec());
    work();
    notify("READY=1");
}

std::optional<std::chrono::microseconds> watchdog_patience() {
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(keep_environment, &usec) <= 0) return std::nullopt;
    return std::chrono::microseconds(usec);
}

Watchdog::Watchdog(std::function<bool()> alive) : alive_(std::move(alive)) {
    // Three times within the patience, so that one late signal does not end the service.
    if (const auto patience = watchdog_patience()) thread_ = std::thread([this, patience] { feed(*patience / 3); });
}

Watchdog::~Watchdog() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard guard(mutex_);
        ending_ = true;
    }
    condition_.notify_one();
    thread_.join();
}

void Watchdog::rest() {
    const std::lock_guard guard(mutex_);
    resting_ = true;
}

void Watchdog::feed(std::chrono::microseconds period) {
    std::unique_lock guard(mutex_);
    while (!condition_.wait_for(guard, period, [this] { return ending_; })) {
        bool alive = resting_;
        if (!resting_) {
            guard.unlock();
            alive = alive_();
            guard.lock();
        }
        if (alive || resting_) notify("WATCHDOG=1");
    }
}

}  // namespace davit::app
