#pragma once
#include <string>

#include "control.hpp"

namespace davit::app {

/// `davit failures`: the recent failures of a daemon, or those of a log.
struct FailuresArguments : RequestChoice {
    std::string code, since;  ///< "": any
    std::string log;          ///< a log file to read instead of asking the daemon; "-" for standard input
};
void add_failures(CLI::App& app, FailuresArguments& arguments);
/// The exit code: 0 listed, 1 not.
int failures_command(const FailuresArguments& arguments);

}  // namespace davit::app
