#pragma once
#include <string>

#include "control.hpp"

namespace davit::app {

struct ExplainArguments {
    std::string what;        ///< a file, "-" or "" for standard input, or a request id
    ControlAddress control;  ///< for an id
    std::string log;         ///< a log file that contains the id; "": ask the daemon
    bool json = false;
};
/// The exit code: 0 explained, 1 no explanation.
int explain_command(const ExplainArguments& arguments);

}  // namespace davit::app
