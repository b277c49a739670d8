#include "health_watch.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace davit::app {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience_with_disk = std::chrono::seconds(1);  ///< at the end of the watch
constexpr int periods_until_old = 3;

}  // namespace

struct HealthWatch::State {
    struct Looked {
        Folder folder;
        std::string problem{};  ///< "": none
        Clock::time_point at = Clock::now();
    };

    /// Returns false when the watch has ended.
    bool look(Looked& looked) {
        auto result = looked.folder.check->run();
        const std::lock_guard guard(mutex);
        if (ending) return false;
        auto problem = result ? std::string() : std::move(result.error().sentence);
        if (problem != looked.problem) {
            if (problem.empty())
                tell(false, looked.folder.name + ": ready again");
            else
                tell(true, looked.folder.name + ": not ready: " + problem);
        }
        looked.problem = std::move(problem);
        looked.at = Clock::now();
        return true;
    }

    bool look_at_all() {
        for (auto& each : folders)
            if (!look(each)) return false;
        return true;
    }

    void run() {
        std::unique_lock guard(mutex);
        while (!condition.wait_for(guard, period, [this] { return ending; })) {
            guard.unlock();
            if (!look_at_all()) break;
            guard.lock();
        }
        if (!guard.owns_lock()) guard.lock();
        ended = true;
        condition.notify_all();
    }

    mutable std::mutex mutex;
    std::condition_variable condition;
    std::vector<Looked> folders;  ///< used by the thread; the mutex guards `problem` and `at`
    std::chrono::seconds period{};
    Tell tell;
    bool ending = false;
    bool ended = false;
    std::thread thread;
};

HealthWatch::HealthWatch(std::vector<Folder> folders, std::chrono::seconds period, Tell tell)
    : state_(std::make_shared<State>()) {
    for (auto& each : folders) state_->folders.push_back({std::move(each)});
    state_->period = period;
    state_->tell = std::move(tell);
    if (period == std::chrono::seconds(0)) return;
    state_->look_at_all();
    state_->thread = std::thread([state = state_] { state->run(); });
}

HealthWatch::~HealthWatch() {
    if (!state_->thread.joinable()) return;
    std::unique_lock guard(state_->mutex);
    state_->ending = true;
    state_->condition.notify_all();
    const bool ended = state_->condition.wait_for(guard, patience_with_disk, [this] { return state_->ended; });
    guard.unlock();
    if (ended)
        state_->thread.join();
    else
        state_->thread.detach();
}

http::Readiness HealthWatch::readiness() const {
    http::Readiness readiness;
    const std::lock_guard guard(state_->mutex);
    const auto now = Clock::now();
    for (const auto& each : state_->folders) {
        const auto age = now - each.at;
        const bool old = state_->period > std::chrono::seconds(0) && age > periods_until_old * state_->period;
        if (old || !each.problem.empty()) readiness.ready = false;
        const auto* result = each.problem.empty() ? "ready" : each.problem.c_str();
        readiness.details +=
            fmt::format("{}: {} ({}looked at {:.1f} s ago)\n", each.folder.name, result,
                        old ? "the disk does not answer: last " : "", std::chrono::duration<double>(age).count());
    }
    return readiness;
}

}  // namespace davit::app
