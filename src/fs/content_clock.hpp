#pragma once
// Modification times that are never given twice, so that entity tags never repeat.
#include <algorithm>
#include <atomic>

#include "davit/store/resource_info.hpp"

namespace davit::fs {

/// Strictly increasing nanoseconds, even when the system's clock stands still or is set back. Thread-safe.
class ContentClock {
public:
    store::FileTime next() {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
        auto last = last_.load();
        std::int64_t mine = 0;
        do mine = wall > last ? wall : last + 1;
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
    std::atomic<std::int64_t> last_{0};
};

}  // namespace davit::fs
