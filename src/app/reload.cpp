#include "reload.hpp"

#include <algorithm>

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
        text += (changes.taken.empty() ? " " : "; ") + ("changed, and wanting a restart: " + joined(changes.restart));
    return text;
}

/// What really runs after a reload is neither of two configurations that were checked, but a mixture.
std::expected<void, std::string> check_mixture(const Configuration& mixture, const Configuration& running,
                                               const Changes& changes) {
    const auto waits = ". It would be so until a restart: before, there is no change of " + joined(changes.restart);
    if (const auto error = check_keys(mixture)) return std::unexpected(error->text + waits);
    const auto is_access = [](const std::string& key) {
        return key.starts_with("auth.") || key == "server.read_only" || key == "[[exports]]";
    };
    // Whoever was kept out by rules, and will be by something else after a restart, would be let in until then.
    if (running.rules && !mixture.rules && std::ranges::any_of(changes.restart, is_access))
        return std::unexpected("[[rules]] are gone" + waits);
    return {};
}

}  // namespace

engine::Policy whole_policy(const Configuration& configuration) {
    auto policy = configuration.policy;
    policy.read_only = configuration.tree.read_only;
    if (configuration.litter.policy == LitterPolicy::refuse) policy.refused_names = configuration.litter.names();
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
        if (!wanted) return std::unexpected(wanted.error().text);
        auto mixture = running;
        const auto changes = take_over(*wanted, mixture);
        if (auto sound = check_mixture(mixture, running, changes); !sound) return sound;
        running = std::move(mixture);
        log.take(running.log);
        server.reload(running.server, whole_policy(running));
        server.set_rules(running.rules);
        log.say(changes.restart.empty() ? LogLevel::info : LogLevel::warning, summary(changes));
        return {};
    };
}

}  // namespace davit::app
