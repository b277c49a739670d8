#pragma once
#include <optional>
#include <string>

namespace davit::app {

/// Prompts on the terminal of standard input and reads a line without echo. Whatever signal ends or stops the process
/// meanwhile, the echo is restored; when a stopped process continues, it prompts again. Returns nothing at the end of
/// the input, and for a line longer than a password may be.
std::optional<std::string> read_hidden(const std::string& prompt);

}  // namespace davit::app
