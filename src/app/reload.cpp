#include "reload.hpp"

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
        const auto changes = take_over(*wanted, running);
        log.take(running.log);
        server.reload(running.server, whole_policy(running));
        running.rules = wanted->rules;
        server.set_rules(running.rules);
        log.say(changes.restart.empty() ? LogLevel::info : LogLevel::warning, summary(changes));
        return {};
    };
}

}  // namespace davit::app
