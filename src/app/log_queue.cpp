#include "log_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace davit::app {
namespace {

/// How long the thread collects entries: a busy server wakes it a few hundred times a second instead of for every line.
constexpr auto gathering = std::chrono::milliseconds(2);
/// At the end: without progress, and in total.
constexpr auto patience_at_end = std::chrono::milliseconds(500);
constexpr auto most_patience_at_end = std::chrono::seconds(5);
constexpr auto glance = std::chrono::milliseconds(50);
constexpr std::size_t kept_capacity = 256U << 10;

}  // namespace

struct LogQueue::State {
    explicit State(std::shared_ptr<LogTarget> where) : target(std::move(where)) {}

    void write(std::string_view entries) {
        const std::lock_guard guard(writing);
        target->write(entries);
    }

    /// Returns the waiting entries, and the number that were dropped after them. Returns nothing when the queue ends.
    bool take(std::string& batch, std::uint64_t& lost) {
        std::unique_lock guard(mutex);
        const auto wanted = [this] { return !pending.empty() || untold > 0 || woken || ending; };
        sleeping = !wanted();
        condition.wait(guard, wanted);
        sleeping = false;
        batch.clear();
        if (batch.capacity() > kept_capacity) batch.shrink_to_fit();
        std::swap(batch, pending);
        lost = std::exchange(untold, 0);
        return std::exchange(woken, false) || !batch.empty() || lost > 0;
    }

    void run() {
        std::string batch;
        std::uint64_t lost = 0;
        while (take(batch, lost)) {
            write(batch);
            if (lost > 0) write(target->dropped(lost));
            std::unique_lock guard(mutex);
            condition.wait_for(guard, gathering, [this] { return ending; });
        }
        const std::lock_guard guard(mutex);
        ended = true;
        condition_of_end.notify_one();
    }

    /// Returns true when everything was written.
    bool end() {
        std::unique_lock guard(mutex);
        ending = true;
        condition.notify_one();
        using Clock = std::chrono::steady_clock;
        const auto begin = Clock::now();
        auto moved = begin;
        for (auto seen = target->progress(); !ended; condition_of_end.wait_for(guard, glance)) {
            const auto now = Clock::now();
            if (const auto progress = target->progress(); progress != seen) {
                seen = progress;
                moved = now;
            }
            if (now - moved > patience_at_end || now - begin > most_patience_at_end) break;
        }
        return ended;
    }

    const std::shared_ptr<LogTarget> target;
    std::mutex writing;  ///< guards the target
    mutable std::mutex mutex;
    std::condition_variable condition;
    std::condition_variable condition_of_end;
    std::string pending;
    std::uint64_t untold = 0;  ///< entries dropped since the last notice
    std::uint64_t dropped = 0;
    bool begun = false;
    bool sleeping = false;
    bool woken = false;
    bool ending = false;
    bool ended = false;
    std::thread thread;
};

LogQueue::LogQueue(std::shared_ptr<LogTarget> target) : state_(std::make_shared<State>(std::move(target))) {}

LogQueue::~LogQueue() {
    if (!state_->thread.joinable()) return;
    if (state_->end())
        state_->thread.join();
    else
        state_->thread.detach();
}

void LogQueue::begin() {
    const std::lock_guard guard(state_->mutex);
    state_->begun = true;
    state_->thread = std::thread([state = state_] { state->run(); });
}

void LogQueue::push(std::string_view entry) {
    auto& state = *state_;
    std::unique_lock guard(state.mutex);
    if (!state.begun) {
        guard.unlock();
        return state.write(entry);
    }
    if (state.pending.size() + entry.size() > most_bytes) {
        ++state.dropped;
        ++state.untold;
        return;
    }
    state.pending += entry;
    if (!state.sleeping) return;
    state.sleeping = false;
    guard.unlock();
    state.condition.notify_one();
}

void LogQueue::wake() {
    {
        const std::lock_guard guard(state_->mutex);
        state_->woken = true;
        if (state_->begun) return state_->condition.notify_one();
    }
    state_->write({});
}

std::uint64_t LogQueue::dropped() const {
    const std::lock_guard guard(state_->mutex);
    return state_->dropped;
}

}  // namespace davit::app
