#pragma once
// Failures of work that goes on after the answer: kept until the owner of the log takes them.
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace davit::fs {

/// Thread-safe.
class BackgroundWarnings {
public:
    /// Queues `text`, unless `key` has been reported before.
    void report(const std::string& key, std::string text);
    /// It has been put right: the next failure of `key` is reported again.
    void settled(const std::string& key);
    /// What came since the last call.
    std::vector<std::string> take();
    bool any() const;

private:
    mutable std::mutex mutex_;
    std::set<std::string> reported_;
    std::vector<std::string> pending_;
};

}  // namespace davit::fs
