#include "prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace davit::app {
namespace {

/// Nothing that is typed shows on the terminal while one of these lives.
class Hidden {
public:
    Hidden() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Hidden() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

/// Nothing when it is longer than any password: "/dev/zero" has no end.
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
    const bool terminal = ::isatty(STDIN_FILENO) != 0;
    const Hidden hidden;
    if (terminal) std::fputs(prompt.c_str(), stderr);
    auto line = first_line(std::cin);
    if (terminal) std::fputc('\n', stderr);
    return line;
}

std::expected<std::string, std::string> find_password(const std::string& user, const std::string& file) {
    if (!file.empty()) {
        std::ifstream in(file);
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
