#pragma once
// The work of SIGHUP: a list of steps.
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "logging.hpp"

namespace davit::app {

/// A step applies what has changed, and keeps the old state when it fails. The error is a sentence. All steps run on
/// one thread, one after another, while the server handles requests.
using ReloadStep = std::function<std::expected<void, std::string>()>;

class Reload {
public:
    /// `log` must outlive it.
    explicit Reload(Log& log) : log_(log) {}
    /// `what` names the thing to reread: "the log file". Steps run in the order of adding, even when others fail.
    void add(std::string what, ReloadStep step) { steps_.push_back({std::move(what), std::move(step)}); }
    /// Runs all steps and logs the result.
    void run();

private:
    struct Step {
        std::string what;
        ReloadStep run;
    };
    Log& log_;
    std::vector<Step> steps_;
};

/// The engine's policy, combined with other parts of the configuration.
engine::Policy whole_policy(const Configuration& configuration);

/// Rereads the configuration: the command line takes precedence over the file. Empty when no file was named.
using Reread = std::function<std::expected<Configuration, Mistakes>()>;

/// The step for the configuration itself: rereads and checks it, applies what it can, and names changed keys that need
/// a restart. `running` is the active configuration and belongs to the step from now on. The referenced objects must
/// outlive the step.
ReloadStep reload_configuration(Reread reread, Configuration running, Log& log, http::Server& server);

}  // namespace davit::app
