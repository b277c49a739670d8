#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace davit::app {

/// Prints the mistake and the probable intention to standard error. Returns exit code 2.
int explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv);

}  // namespace davit::app
