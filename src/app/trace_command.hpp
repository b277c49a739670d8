#pragma once
#include "control.hpp"

namespace davit::app {

/// `davit trace`: requests and answers of a running daemon, as they are on the wire.
struct TraceArguments : RequestChoice {
    std::string client;       ///< "" for all
    std::uint64_t count = 0;  ///< ends after so many requests; 0: never
};
void add_trace(CLI::App& app, TraceArguments& arguments);
/// The exit code: 0 done, 1 not.
int trace_command(const TraceArguments& arguments);

}  // namespace davit::app
