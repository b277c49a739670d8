#pragma once
// What a reload may change under a running server.
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "davit/engine/services.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

/// The settings of one moment. Immutable.
struct Settings {
    ServerOptions options;
    engine::Services services;              ///< of the one share, or of the collections above several
    std::vector<engine::Services> exports;  ///< of several, in their order
    std::uint64_t serial = 0;               ///< unique among all settings, also past ones
};
using SettingsPtr = std::shared_ptr<const Settings>;

/// The settings of the start and the newest ones. Older ones live as long as a connection or a loop shares them; each
/// exchanges its share between two requests.
class SettingsHistory {
public:
    SettingsHistory(ServerOptions options, const engine::Services& services)
        : first_(std::make_shared<Settings>(Settings{std::move(options), services, {}, 0})), newest_(first_) {}
    /// Before the first request.
    void add_export(const engine::Services& services) {
        const std::lock_guard guard(mutex_);
        first_->exports.push_back(services);
    }
    /// The settings of the start; they live as long as this object.
    const Settings& first() const { return *first_; }
    /// From any thread.
    SettingsPtr newest() const {
        const std::lock_guard guard(mutex_);
        return newest_;
    }
    /// Adds new settings; the ports stay the same. Thread-safe.
    SettingsPtr add(ServerOptions options, const engine::Policy& policy) {
        const std::lock_guard guard(mutex_);
        Settings next{std::move(options), newest_->services, newest_->exports, newest_->serial + 1};
        for (auto& each : next.exports) take(policy, each.policy);
        const bool above = !next.exports.empty();
        take(policy, next.services.policy);
        if (above) next.services.policy.propfind_infinity = false;
        newest_ = std::make_shared<const Settings>(std::move(next));
        return newest_;
    }

private:
    /// A read-only share was opened so, and stays so.
    static void take(const engine::Policy& fresh, engine::Policy& into) {
        const bool read_only = into.read_only;
        into = fresh;
        into.read_only = read_only;
    }

    mutable std::mutex mutex_;
    const std::shared_ptr<Settings> first_;
    SettingsPtr newest_;
};

}  // namespace davit::http
