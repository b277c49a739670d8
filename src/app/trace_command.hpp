#pragma once
#include "control.hpp"

namespace davit::app {

/// `davit trace`: prints requests and responses of a running daemon as they are on the wire.
struct TraceArguments : RequestChoice {
    std::string client;       ///< "" for all
    std::uint64_t count = 0;  ///< ends after this number of requests; 0: never
};
void add_trace(CLI::App& app, TraceArguments& arguments);
/// The exit code: 0 success, 1 failure.
int trace_command(const TraceArguments& arguments);

}  // namespace davit::app
