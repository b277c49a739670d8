#pragma once
// What SIGHUP asks for: a list of steps.
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "logging.hpp"

namespace davit::app {

/// A step takes over what has changed, and keeps what it had when it cannot; the error says why, in a sentence. Called
/// on one thread, one step after another, while requests are served.
using ReloadStep = std::function<std::expected<void, std::string>()>;

class Reload {
public:
    /// `log` outlives it.
    explicit Reload(Log& log) : log_(log) {}
    /// `what` is the thing that is read again: "the log file". Steps run in the order of adding, however others end.
    void add(std::string what, ReloadStep step) { steps_.push_back({std::move(what), std::move(step)}); }
    /// All steps, and a line on what came of them.
    void run();

private:
    struct Step {
        std::string what;
        ReloadStep run;
    };
    Log& log_;
    std::vector<Step> steps_;
};

/// The engine's, with what other parts of the configuration say about it.
engine::Policy whole_policy(const Configuration& configuration);

/// Reads the configuration again: the command line goes before the file. Empty when no file was named.
using Reread = std::function<std::expected<Configuration, Mistakes>()>;

/// The step for the configuration itself: reads and checks it, takes over what can be, and says which changed keys want
/// a restart. `running` is what the server goes by, and belongs to the step from here on. What it refers to outlives
/// it.
ReloadStep reload_configuration(Reread reread, Configuration running, Log& log, http::Server& server);

}  // namespace davit::app
