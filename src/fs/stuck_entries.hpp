#pragma once
// Entries of the trash that were to be removed for good and could not be: why, and when to try again.
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
    /// It could not be removed a moment ago: not worth another try yet.
    bool is_resting(const std::string& name) const;
    /// The next try of each is due at once.
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
