#pragma once
// Removes records of large property sets that nothing points to any more, beside everything else that goes on
// (docs/property-store.md says why none in use is ever removed).
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "entries.hpp"
#include "folder_stack.hpp"
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
    /// Of one tree, some entries at a time. The tree decides how deep it is, not the number of descriptors.
    struct Walk {
        explicit Walk(UniqueFd folder) : top(std::move(folder)), stack(top.get()) {}
        UniqueFd top;
        FolderStack stack;
        std::vector<std::vector<std::string>> folders{1};  ///< of each level, those still to be entered
        std::optional<Entries> entries{stack.fd()};        ///< of the folder that is being read
    };

    void look_at(int fd);
    void look_at_entry(const char* name);
    void begin_walk(UniqueFd top);
    void go_on();
    void read_on();
    bool take_next();
    std::size_t conclude(const RecordMarks::Unmet& unmet) const;
    std::chrono::milliseconds pause() const;

    Volume& volume_;
    std::chrono::seconds kept_;
    std::optional<Walk> walk_;
    std::vector<UniqueFd> to_do_;  ///< walked after that, last first
    std::string cursor_;           ///< where the next round's records begin, when there are too many for one
};

}  // namespace davit::fs
