#include "prompt.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "hidden_input.hpp"

namespace davit::app {
namespace {

/// Returns nothing when the line is longer than any password: "/dev/zero" has no end.
std::optional<std::string> first_line(std::istream& in) {
    constexpr std::size_t longest = 4096;
    std::string line;
    char next = 0;
    while (in.get(next) && next != '\n') {
        if (line.size() == longest) return std::nullopt;
        line += next;
    }
    if (line.empty() && !in) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

}  // namespace

std::optional<std::string> ask_hidden(const std::string& prompt) {
    return ::isatty(STDIN_FILENO) == 0 ? first_line(std::cin) : read_hidden(prompt);
}

std::expected<std::string, std::string> find_password(const std::string& user, const std::string& file) {
    if (!file.empty()) {
        std::ifstream in(file);
        if (!in) return std::unexpected("no password can be read from " + file + ": " + std::strerror(errno));
        auto line = first_line(in);
        if (!line) return std::unexpected("no password can be read from " + file);
        return *std::move(line);
    }
    if (const char* given = std::getenv("DAVIT_PASSWORD")) return given;
    auto line = ask_hidden("Password of " + user + ": ");
    if (!line) return std::unexpected("no password came");
    return *std::move(line);
}

}  // namespace davit::app
