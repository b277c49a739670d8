#pragma once
// Events that the search for unused records must not miss, although the tree changes during its walk.
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.hpp"

namespace davit::fs {

/// Thread-safe. A thread that gives a pointer or a file a new place calls this *after* it has done so. Outside a round
/// a call costs one load.
class RecordMarks {
public:
    /// Ids not yet met; true: already set aside as lost.
    using Unmet = std::map<std::string, bool>;

    bool running() const { return running_.load(std::memory_order_acquire); }
    /// An attribute now points to this record.
    void keep(const std::string& id);
    /// A file or collection now has this name. If it cannot be opened, the round is spoilt.
    void arrived(int folder, const std::string& name);

    void begin(Unmet unmet);
    /// Returns true when the record was unmet, and lost.
    bool meet(const std::string& id);
    /// Makes the round invalid: it draws no conclusions.
    void spoil();
    /// The next entry that arrived behind the walk; nothing when none is left.
    std::optional<UniqueFd> next_arrival();
    /// Ends the round. Returns nothing when it is spoilt, or when an entry has just arrived and must be checked first
    /// (running() stays true then).
    std::optional<Unmet> finish();

private:
    std::atomic<bool> running_{false};
    std::mutex mutex_;
    bool spoilt_ = false;
    Unmet unmet_;
    std::vector<UniqueFd> arrivals_;
};

}  // namespace davit::fs
