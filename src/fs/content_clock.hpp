#pragma once
// Modification times that are never given twice, so that entity tags never repeat.
#include <algorithm>
#include <atomic>

#include "davit/store/resource_info.hpp"

namespace davit::fs {

/// Increasing nanoseconds, even when the system's clock stands still or is slowed down. After the clock has been set
/// back by more than a second times begin again at the clock's: otherwise everything written from then on would be
/// dated in the future. An entity tag still tells two contents apart, unless both were written in the same nanosecond.
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

    /// A time a client asked for: its second, with nanoseconds of our own, since clients repeat themselves.
    store::FileTime within(std::chrono::sys_seconds second) {
        // Of a file that came from outside with a time beyond all that fit, a copy has the last that does.
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
