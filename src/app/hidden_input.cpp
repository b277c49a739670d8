// readpassphrase(3) uses /dev/tty, or standard input with echo. Here standard input may be another terminal than the
// controlling one.
#include "hidden_input.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace davit::app {
namespace {

constexpr std::size_t longest_line = 4096;

volatile std::sig_atomic_t caught = 0;

/// Blocks signals that end or stop a process as long as an object exists, except during wait().
class HeldSignals {
public:
    HeldSignals() {
        sigset_t held;
        sigemptyset(&held);
        for (const int number : numbers) sigaddset(&held, number);
        ::sigprocmask(SIG_BLOCK, &held, &mask_before_);
        struct sigaction action{};
        action.sa_handler = [](int number) { caught = number; };
        for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &action, &before_[i]);
    }
    ~HeldSignals() {
        for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &before_[i], nullptr);
        ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    /// Waits for input. Returns false when a signal arrived.
    bool wait() const {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        return ::ppoll(&input, 1, nullptr, &mask_before_) > 0 && caught == 0;
    }

private:
    static constexpr std::array numbers{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    std::array<struct sigaction, numbers.size()> before_{};
    sigset_t mask_before_{};
};

/// Switches the terminal's echo off as long as an object exists.
class HiddenInput {
public:
    HiddenInput() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~HiddenInput() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    HiddenInput(const HiddenInput&) = delete;
    HiddenInput& operator=(const HiddenInput&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

void show(const std::string& text) {
    (void)!::write(STDERR_FILENO, text.data(), text.size());
}

std::optional<std::string> typed_line(const HeldSignals& signals) {
    std::string line;
    for (char next = 0; signals.wait() && ::read(STDIN_FILENO, &next, 1) == 1;) {
        if (next == '\n') return line;
        if (line.size() < longest_line) line += next;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> read_hidden(const std::string& prompt) {
    for (;;) {
        caught = 0;
        std::optional<std::string> line;
        {
            const HeldSignals signals;
            const HiddenInput hidden;
            show(prompt);
            line = typed_line(signals);
            show("\n");
        }
        if (caught == 0) return line && line->size() < longest_line ? line : std::nullopt;
        const int number = caught;
        ::raise(number);
        if (number != SIGTSTP) return std::nullopt;  // the process ignores it
    }
}

}  // namespace davit::app
