#pragma once
// Passwords from a terminal, a pipe, a file or the environment; never from the command line, which everybody can see.
#include <expected>
#include <optional>
#include <string>

namespace davit::app {

/// A line of standard input; what is typed on a terminal does not show. Nothing when there is none.
std::optional<std::string> ask_hidden(const std::string& prompt);

/// The first line of `file`, unless that is ""; else DAVIT_PASSWORD; else it is asked for. The error is a sentence.
std::expected<std::string, std::string> find_password(const std::string& user, const std::string& file);

}  // namespace davit::app
