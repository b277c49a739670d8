#pragma once
// Failures of background work that continues after the response, kept until the owner of the log takes them.
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace davit::fs {

/// Thread-safe.
class BackgroundWarnings {
public:
    /// Queues `text` unless `key` has been reported before.
    void report(const std::string& key, std::string text);
    /// The problem is solved: the next failure of `key` is reported again.
    void settled(const std::string& key);
    /// The texts since the last call.
    std::vector<std::string> take();
    bool any() const;

private:
    mutable std::mutex mutex_;
    std::set<std::string> reported_;
    std::vector<std::string> pending_;
};

}  // namespace davit::fs
