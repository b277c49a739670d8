#pragma once
// Removes unused records of large property sets while the server runs (docs/property-store.md proves that it never
// removes a used one).
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "entries.hpp"
#include "folder_stack.hpp"
#include "volume.hpp"

namespace davit::fs {

/// Works in rounds: each walks the whole tree and marks every record that it meets. A record that was not met is set
/// aside by a rename. If it is met or read later, it returns; if no round meets it for `kept`, it is removed. One
/// thread at a time.
class RecordCollector {
public:
    RecordCollector(Volume& volume, std::chrono::seconds kept) : volume_(volume), kept_(kept) {}

    struct Progress {
        std::chrono::milliseconds rest{};  ///< until the next call
        std::size_t removed = 0;           ///< the records that this call removed
    };
    /// Takes at most `slice` entries.
    Progress step();

private:
    bool begin();
    void meet_detached();
    void meet(const std::string& value);
    /// The walk through one tree, some entries at a time. The number of descriptors does not depend on the depth of the
    /// tree.
    struct Walk {
        explicit Walk(UniqueFd folder) : top(std::move(folder)), stack(top.get()) {}
        UniqueFd top;
        FolderStack stack;
        std::vector<std::vector<std::string>> folders{1};  ///< for each level, the subdirectories still to be entered
        std::optional<Entries> entries{stack.fd()};        ///< of the current directory
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
    std::vector<UniqueFd> to_do_;  ///< walked afterwards, the last one first
    std::string cursor_;           ///< where the next round begins, when there are too many records for one
};

}  // namespace davit::fs
