#pragma once
// What the search for unused records must not miss although it walks a tree that goes on changing.
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.hpp"

namespace davit::fs {

/// Thread-safe. Whoever gives a pointer or a file a new place says so here *after* it has done it; outside a round that
/// costs one load.
class RecordMarks {
public:
    /// Ids that have not been met yet; true: already set aside as lost.
    using Unmet = std::map<std::string, bool>;

    bool running() const { return running_.load(std::memory_order_acquire); }
    /// An attribute has just come to point to this record.
    void keep(const std::string& id);
    /// A file or collection has just got this name. What cannot be opened spoils the round.
    void arrived(int folder, const std::string& name);

    void begin(Unmet unmet);
    /// true: it was among the unmet, and lost.
    bool meet(const std::string& id);
    /// The round cannot be trusted: nothing is concluded from it.
    void spoil();
    /// Something that arrived since the walk passed; nothing when there is none left.
    std::optional<UniqueFd> next_arrival();
    /// Ends the round. Nothing when it is spoilt, or when something has just arrived and must be looked at first
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
