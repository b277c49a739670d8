#pragma once
// Modification times that are never issued twice, so that entity tags never repeat.
#include <algorithm>
#include <atomic>

#include "davit/store/resource_info.hpp"

namespace davit::fs {

/// Returns increasing nanoseconds, even when the system's clock stands still or is slowed down. After an operator has
/// set the clock back by more than a second, times restart at the clock, because otherwise all later files would have
/// future dates. An entity tag still distinguishes two contents unless both were written in the same nanosecond.
/// Thread-safe.
class ContentClock {
public:
    /// Nanoseconds since 1970.
    using Now = std::int64_t (*)();
    explicit ContentClock(Now now = system_now) : now_(now) {}

    store::FileTime next() {
        const auto wall = now_();
        auto last = last_.load();
        std::int64_t mine = 0;
        do mine = wall > last || last - wall > smallest_step_back ? wall : last + 1;
        while (!last_.compare_exchange_weak(last, mine));
        return store::FileTime(std::chrono::nanoseconds(mine));
    }

    /// The second that a client requested, with nanoseconds of this clock, because clients repeat their times.
    store::FileTime within(std::chrono::sys_seconds second) {
        // A file from another program may have a time beyond the range. Its copy gets the last time in the range.
        second = std::clamp(second, store::first_second, store::last_second);
        return second + std::chrono::nanoseconds(next().time_since_epoch().count() % 1'000'000'000);
    }

private:
    static std::int64_t system_now() {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    }
    static constexpr std::int64_t smallest_step_back = 1'000'000'000;

    Now now_;
    std::atomic<std::int64_t> last_{0};
};

}  // namespace davit::fs
