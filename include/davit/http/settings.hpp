#pragma once
// What a reload may change under a running server.
#include <list>
#include <mutex>
#include <vector>

#include "davit/engine/services.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

/// One state of them, never changed once it is made.
struct Settings {
    ServerOptions options;
    engine::Services services;              ///< of the one folder, or of what lies above several
    std::vector<engine::Services> exports;  ///< of several, in their order
};

/// Every state there has been. None is thrown away before the server ends: a request keeps a plain pointer to the one
/// it began with, whichever thread works for it, and nobody counts. A state is a few hundred bytes, a reload is rare.
class SettingsHistory {
public:
    SettingsHistory(ServerOptions options, const engine::Services& services) {
        states_.push_back({std::move(options), services, {}});
    }
    /// Before the first request.
    void add_export(const engine::Services& services) {
        const std::lock_guard guard(mutex_);
        states_.back().exports.push_back(services);
    }
    /// From any thread.
    const Settings& newest() const {
        const std::lock_guard guard(mutex_);
        return states_.back();
    }
    /// The ports stay; from any thread.
    const Settings& add(ServerOptions options, const engine::Policy& policy) {
        const std::lock_guard guard(mutex_);
        Settings next{std::move(options), states_.back().services, states_.back().exports};
        for (auto& each : next.exports) take(policy, each.policy);
        const bool above = !next.exports.empty();
        take(policy, next.services.policy);
        if (above) next.services.policy.propfind_infinity = false;
        states_.push_back(std::move(next));
        return states_.back();
    }

private:
    /// What is only read was opened so, and stays so.
    static void take(const engine::Policy& fresh, engine::Policy& into) {
        const bool read_only = into.read_only;
        into = fresh;
        into.read_only = read_only;
    }

    mutable std::mutex mutex_;
    std::list<Settings> states_;  ///< a list's elements stay where they are
};

}  // namespace davit::http
