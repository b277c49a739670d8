#pragma once
#include <optional>
#include <string>

namespace davit::app {

/// Asks on the terminal that standard input is, and takes a line that is not shown. Whatever signal ends or stops the
/// process meanwhile, the terminal shows again what is typed; when a stopped process goes on, it asks again. Nothing at
/// the end of the input, or when the line is longer than a password may be.
std::optional<std::string> read_hidden(const std::string& prompt);

}  // namespace davit::app
