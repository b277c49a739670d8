#pragma once
// Trash entries that could not be deleted: why, and when to retry.
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "davit/store/clock.hpp"
#include "state_folder.hpp"

namespace davit::fs {

/// "d/f: Permission denied (errno 13)", the path without the entry's own name.
std::string reason_of(const Obstacle& obstacle);

/// Thread-safe.
class StuckEntries {
public:
    explicit StuckEntries(const store::Clock& clock) : clock_(clock) {}

    void add(const std::string& name, const Obstacle& obstacle);
    void remove(const std::string& name);
    /// True when the entry failed recently: a retry is not yet worthwhile.
    bool is_resting(const std::string& name) const;
    /// Makes every retry due at once.
    void wake_all();
    /// "d/f: Permission denied"; nothing when `name` is not stuck.
    std::optional<std::string> reason(const std::string& name) const;
    std::size_t count() const;

private:
    struct Entry {
        std::string reason;
        std::chrono::system_clock::time_point next_try{};  ///< by Clock::monotonic()
    };
    const store::Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace davit::fs
