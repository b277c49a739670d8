#pragma once
#include <string>

#include "control.hpp"

namespace davit::app {

struct ExplainArguments {
    std::string what;        ///< a file, "-" or "" for standard input, or a request id
    ControlAddress control;  ///< for an id
    std::string log;         ///< a file of the log to look in for the id; "": the daemon is asked
    bool json = false;
};
/// The exit code: 0 explained, 1 not to be explained.
int explain_command(const ExplainArguments& arguments);

}  // namespace davit::app
