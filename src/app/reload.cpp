#include "reload.hpp"

#include <algorithm>

#include "media_type_files.hpp"

namespace davit::app {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) (text += text.empty() ? "" : ", ") += name;
    return text;
}

std::string summary(const Changes& changes) {
    if (changes.taken.empty() && changes.restart.empty()) return "reloaded the configuration: no key has changed";
    std::string text = "reloaded the configuration:";
    if (!changes.taken.empty()) text += " taken over: " + joined(changes.taken);
    if (!changes.restart.empty())
        text += (changes.taken.empty() ? " " : "; ") + ("changed, needs a restart: " + joined(changes.restart));
    return text;
}

/// The log has one line for all mistakes.
std::string first_of(const Mistakes& mistakes) {
    const auto more = mistakes.size() - 1;
    return mistakes.front() + (more == 0 ? "" : " (and " + std::to_string(more) + " more: davit check-config)");
}

/// True for keys about authentication, and for those that restrict writing.
bool is_of_login(const std::string& key) {
    if (key == "server.read_only" || key == "[[exports]]") return true;
    return key.starts_with("auth.") && key != "auth.realm" && key != "auth.remembered";
}

/// The applied keys that grant access, in the terms of a login.
std::string leave(const Configuration& mixture, const Changes& changes) {
    std::vector<std::string> names;
    for (const auto& key : changes.taken)
        if (key == "[[rules]]" || (key == "server.trusted_proxies" && !mixture.server.login.user_header.empty()))
            names.push_back(key);
    return joined(names);
}

/// After a reload the server runs a mixture of two checked configurations. If the new one excludes a user by a key that
/// needs a restart, its other keys must not admit that user until then.
std::expected<void, std::string> check_mixture(const Configuration& mixture, const Changes& changes) {
    const auto waits = ". A restart takes all of it; without one these stay as they are: " + joined(changes.restart);
    if (const auto mistakes = check_keys(mixture); !mistakes.empty()) return std::unexpected(mistakes.front() + waits);
    if (const auto names = leave(mixture, changes); !names.empty() && std::ranges::any_of(changes.restart, is_of_login))
        return std::unexpected(names + " would meet a login that was not meant for it" + waits);
    return {};
}

}  // namespace

engine::Policy whole_policy(const Configuration& configuration) {
    auto policy = configuration.policy;
    policy.read_only = configuration.tree.read_only;
    if (configuration.litter.policy == LitterPolicy::refuse) policy.refused_names = configuration.litter.names();
    policy.media_types = std::make_shared<const engine::MediaTypes>(system_media_types(), configuration.types);
    return policy;
}

void Reload::run() {
    for (const auto& step : steps_)
        if (const auto done = step.run(); !done)
            log_.say(LogLevel::error, step.what + " was not reloaded, and stays as it was: " + done.error());
}

ReloadStep reload_configuration(Reread reread, Configuration running, Log& log, http::Server& server) {
    return [reread = std::move(reread), running = std::move(running), &log,
            &server]() mutable -> std::expected<void, std::string> {
        const auto wanted = reread();
        if (!wanted) return std::unexpected(first_of(wanted.error()));
        auto mixture = running;
        const auto changes = take_over(*wanted, mixture);
        if (auto sound = check_mixture(mixture, changes); !sound) return sound;
        running = std::move(mixture);
        log.take(running.log);
        running.server.trace.to_log = running.log.level == "debug";
        server.reload(running.server, whole_policy(running));
        server.set_rules(running.rules);
        log.say(changes.restart.empty() ? LogLevel::info : LogLevel::warning, summary(changes));
        return {};
    };
}

}  // namespace davit::app
