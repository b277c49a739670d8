#pragma once
// Removes records of large property sets that nothing points to any more, beside everything else that goes on
// (docs/property-store.md says why none in use is ever removed).
#include <chrono>
#include <memory>
#include <vector>

#include "entries.hpp"
#include "volume.hpp"

namespace davit::fs {

/// Rounds: a walk over the whole tree that crosses off every record it meets. One not met is set aside by a rename; met
/// or read later it comes back, met by no round for `kept` it is removed. One thread at a time.
class RecordCollector {
public:
    RecordCollector(Volume& volume, std::chrono::seconds kept) : volume_(volume), kept_(kept) {}

    struct Progress {
        std::chrono::milliseconds rest{};  ///< until the next call
        std::size_t removed = 0;           ///< records, by this call
    };
    /// At most `slice` entries are looked at.
    Progress step();

private:
    bool begin();
    void meet_detached();
    void meet(const std::string& value);
    void look_at(UniqueFd fd);
    void look_at_entry(int folder, const char* name);
    void enter(UniqueFd folder);
    bool take_next();
    std::size_t conclude(const RecordMarks::Unmet& unmet) const;
    std::chrono::milliseconds pause() const;

    Volume& volume_;
    std::chrono::seconds kept_;
    std::vector<Entries> open_;    ///< from the top of what is being walked down to where the walk is
    std::vector<UniqueFd> to_do_;  ///< walked when `open_` is empty, last first
    std::string cursor_;           ///< where the next round's records begin, when there are too many for one
};

}  // namespace davit::fs
