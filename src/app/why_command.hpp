#pragma once
#include <vector>

#include "control.hpp"

namespace davit::app {

/// `davit why USER METHOD PATH [DESTINATION]`.
struct WhyArguments {
    std::string user;  ///< "-": anonymous
    std::string method;
    std::string path;  ///< as in a URL, after the host
    std::string destination;
    std::vector<std::string> headers;  ///< "Name: value"
    std::uint64_t size = 0;            ///< bytes of a body that need not exist
    bool with_size = false;
    ControlAddress control;
    bool json = false;
};
void add_why(CLI::App& app, WhyArguments& arguments);
/// The exit code: 0 the request would succeed, 1 it would fail, or no daemon answers.
int why_command(const WhyArguments& arguments);

}  // namespace davit::app
