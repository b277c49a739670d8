#pragma once
// Between those who write log lines and where the lines go: nobody waits for a pipe whose reader stands still.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace davit::app {

/// Where entries go in the end: a file, a pipe, the journal. Called by one thread at a time; may block.
class LogTarget {
public:
    virtual ~LogTarget() = default;
    /// `entries`: as they were pushed, one behind the other; none after LogQueue::wake().
    virtual void write(std::string_view entries) = 0;
    /// The entry that says how many others were dropped.
    virtual std::string dropped(std::uint64_t count) = 0;
    /// Grows whenever a part of what write() was given has gone. From any thread.
    std::uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }

protected:
    void count_progress() { progress_.fetch_add(1, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> progress_ = 0;
};

/// Bounded in bytes; what does not fit is dropped and counted. Entries keep their order.
class LogQueue {
public:
    static constexpr std::size_t most_bytes = 4U << 20;

    explicit LogQueue(std::shared_ptr<LogTarget> target);
    /// Waits while the target takes entries, for some seconds at most, then leaves the thread to itself.
    ~LogQueue();
    LogQueue(const LogQueue&) = delete;
    LogQueue& operator=(const LogQueue&) = delete;

    /// From now on a thread writes. Before, push() does: a thread that exists when the process is confined stays free.
    void begin();
    /// From any thread. Does not wait for the target once begin() has been called.
    void push(std::string_view entry);
    /// Lets the target's write() be called, although there is nothing to write.
    void wake();
    /// How many entries were dropped so far. From any thread.
    std::uint64_t dropped() const;

private:
    struct State;
    std::shared_ptr<State> state_;  ///< the thread's too: it may be blocked when the queue ends
};

}  // namespace davit::app
