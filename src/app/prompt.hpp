#pragma once
// Reads passwords from a terminal, a pipe, a file or the environment; never from the command line, which every user can
// see.
#include <expected>
#include <optional>
#include <string>

namespace davit::app {

/// A line of standard input, read without echo on a terminal. Returns nothing at the end of the input.
std::optional<std::string> ask_hidden(const std::string& prompt);

/// The first line of `file`, unless that is ""; else DAVIT_PASSWORD; else prompts. The error is a sentence.
std::expected<std::string, std::string> find_password(const std::string& user, const std::string& file);

}  // namespace davit::app
