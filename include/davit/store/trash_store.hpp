#pragma once
// Port: what DELETE and overwriting took away and can still be had back.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::store {

struct TrashEntry {
    std::string id;                    ///< one segment of a path
    std::optional<ResourcePath> path;  ///< where it stood; nothing when a crash lost the record
    bool collection = false;
    std::uint64_t size = 0;     ///< bytes; 0 for a collection
    std::uint64_t on_disk = 0;  ///< bytes that it takes on the disk; 0 for a collection that has not been counted yet
    FileTime removed{};         ///< fine enough to tell the versions of a file that is saved often
    Actor by;                   ///< who took it away
    std::string stuck;          ///< why it cannot be removed for good; "": it can be restored
};

/// What the trash holds in all.
struct TrashUsage {
    std::uint64_t bytes = 0;      ///< on the disk
    std::uint64_t max_bytes = 0;  ///< beyond it the oldest entries go; 0: no bound
    std::uint64_t evicted = 0;    ///< entries that went because of it, since the start
    std::size_t stuck = 0;        ///< entries that cannot be removed for good
};

/// Thread-safe. Entries older than the time they are kept go by themselves, and the oldest when they take too much
/// room.
class TrashStore {
public:
    virtual ~TrashStore() = default;
    virtual std::vector<TrashEntry> list() const = 0;  ///< oldest first
    /// not_found.
    virtual Result<TrashEntry> find(const std::string& id) const = 0;
    /// One rename, properties and all; what it replaces goes to the trash itself. true: created. not_found,
    /// already_exists, parent_missing, permission_denied on another file system than the trash.
    virtual Result<bool> restore(const std::string& id, const ResourcePath& to, Replace replace, const Actor& by) = 0;
    /// For good. It is out of sight when this returns; the room comes back in the background. not_found.
    virtual Result<void> discard(const std::string& id) = 0;
    /// Removes what was discarded now, as far as a bounded effort goes; also what could not be removed before. Returns
    /// what still cannot be removed.
    virtual std::vector<TrashEntry> empty_now() = 0;
    /// As of the last look in the background; costs nothing.
    virtual TrashUsage usage() const = 0;
    /// The same after what came since has been counted, as far as a bounded effort goes.
    virtual TrashUsage usage_now() = 0;
};

}  // namespace davit::store
