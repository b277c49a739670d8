#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace davit::app {

/// Says on standard error what is wrong with a command line, and what was probably meant. The exit code: 2.
int explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv);

}  // namespace davit::app
