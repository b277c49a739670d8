#pragma once
// What a reload may change under a running server.
#include <list>
#include <mutex>

#include "davit/engine/services.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

/// One state of them, never changed once it is made.
struct Settings {
    ServerOptions options;
    engine::Services services;
};

/// Every state there has been. None is thrown away before the server ends: a request keeps a plain pointer to the one
/// it began with, whichever thread works for it, and nobody counts. A state is a few hundred bytes, a reload is rare.
class SettingsHistory {
public:
    SettingsHistory(ServerOptions options, const engine::Services& services) {
        states_.push_back({std::move(options), services});
    }
    /// From any thread.
    const Settings& newest() const {
        const std::lock_guard guard(mutex_);
        return states_.back();
    }
    /// The ports stay; from any thread.
    const Settings& add(ServerOptions options, const engine::Policy& policy) {
        const std::lock_guard guard(mutex_);
        Settings next{std::move(options), states_.back().services};
        next.services.policy = policy;
        states_.push_back(std::move(next));
        return states_.back();
    }

private:
    mutable std::mutex mutex_;
    std::list<Settings> states_;  ///< a list's elements stay where they are
};

}  // namespace davit::http
