#pragma once
#include <vector>

#include "control.hpp"

namespace davit::app {

/// `davit why USER METHOD PATH [DESTINATION]`.
struct WhyArguments {
    std::string user;  ///< "-": nobody has logged in
    std::string method;
    std::string path;  ///< as in a URL, behind the host
    std::string destination;
    std::vector<std::string> headers;  ///< "Name: value"
    std::uint64_t size = 0;            ///< bytes of a body, which nobody has to have
    bool with_size = false;
    ControlAddress control;
    bool json = false;
};
void add_why(CLI::App& app, WhyArguments& arguments);
/// The exit code: 0 the request would succeed, 1 it would not, or the daemon cannot be asked.
int why_command(const WhyArguments& arguments);

}  // namespace davit::app
