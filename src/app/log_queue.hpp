#pragma once
// A queue between writers of log lines and their target, so that no writer waits for a pipe whose reader has stopped.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace davit::app {

/// The target of entries: a file, a pipe, the journal. One thread at a time calls it. It may block.
class LogTarget {
public:
    virtual ~LogTarget() = default;
    /// `entries`: concatenated, as they were pushed; empty after LogQueue::wake().
    virtual void write(std::string_view entries) = 0;
    /// The entry that reports the number of dropped ones.
    virtual std::string dropped(std::uint64_t count) = 0;
    /// Grows whenever a part of write()'s data has been written. Thread-safe.
    std::uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }

protected:
    void count_progress() { progress_.fetch_add(1, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> progress_ = 0;
};

/// Bounded in bytes. Entries that do not fit are dropped and counted. Keeps the order.
class LogQueue {
public:
    static constexpr std::size_t most_bytes = 4U << 20;

    explicit LogQueue(std::shared_ptr<LogTarget> target);
    /// Waits while the target accepts entries, a few seconds at most, then abandons the thread.
    ~LogQueue();
    LogQueue(const LogQueue&) = delete;
    LogQueue& operator=(const LogQueue&) = delete;

    /// Starts the writing thread. Until then push() writes. Call it after the process is confined, because existing
    /// threads would stay unconfined.
    void begin();
    /// Thread-safe. Does not wait for the target once begin() has been called.
    void push(std::string_view entry);
    /// Makes the thread call write() without entries.
    void wake();
    /// The number of dropped entries. Thread-safe.
    std::uint64_t dropped() const;

private:
    struct State;
    std::shared_ptr<State> state_;  ///< shared with the thread, which may be blocked when the queue ends
};

}  // namespace davit::app
