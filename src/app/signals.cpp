#include "signals.hpp"

#include <csignal>
#include <utility>

namespace davit::app {
namespace {

constexpr int end_watch = SIGUSR2;  // sent by this process

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, end_watch}) sigaddset(&set, number);
    return set;
}

}  // namespace

Signals::Signals() {
    const auto set = watched();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void Signals::watch(std::function<void()> stop, std::function<void()> stop_now, std::function<void()> reopen) {
    thread_ = std::thread(
        [this, stop = std::move(stop), stop_now = std::move(stop_now), reopen = std::move(reopen)]() mutable {
            const auto set = watched();
            while (true) {
                int number = 0;
                ::sigwait(&set, &number);
                if (number == end_watch && ending_) return;
                if (number == end_watch) continue;  // from another process: ignored
                if (number == SIGHUP)
                    reopen();
                else
                    std::exchange(stop, stop_now)();
            }
        });
}

Signals::~Signals() {
    end();
}

void Signals::end() {
    if (!thread_.joinable()) return;
    ending_ = true;
    ::pthread_kill(thread_.native_handle(), end_watch);
    thread_.join();
}

}  // namespace davit::app
