#pragma once
// Port: resources that DELETE and overwriting took away and that can be restored.
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
    std::optional<ResourcePath> path;  ///< its former path; nothing when a crash lost the record
    bool collection = false;
    std::uint64_t size = 0;     ///< bytes; 0 for a collection
    std::uint64_t on_disk = 0;  ///< bytes that it takes on the disk; 0 for a collection that has not been counted yet
    FileTime removed{};         ///< fine enough to tell apart versions of a file that is saved often
    Actor by;                   ///< the user whose request took it away
    std::string stuck;          ///< why it cannot be removed for good; "": it can be restored
};

/// Totals of the trash.
struct TrashUsage {
    std::uint64_t bytes = 0;      ///< on the disk
    std::uint64_t max_bytes = 0;  ///< beyond it the store removes the oldest entries; 0: no bound
    std::uint64_t evicted = 0;    ///< entries removed because of it, since the start
    std::size_t stuck = 0;        ///< entries that cannot be removed for good
};

/// Thread-safe. A background thread removes entries that are older than their time, and the oldest when they take too
/// much room.
class TrashStore {
public:
    virtual ~TrashStore() = default;
    virtual std::vector<TrashEntry> list() const = 0;  ///< oldest first
    /// not_found.
    virtual Result<TrashEntry> find(const std::string& id) const = 0;
    /// One rename, with properties; what it replaces goes to the trash. true: created. not_found, already_exists,
    /// parent_missing; permission_denied on another file system than the trash.
    virtual Result<bool> restore(const std::string& id, const ResourcePath& to, Replace replace, const Actor& by) = 0;
    /// Removes the entry for good. It is out of sight when this returns; the room becomes free in the background.
    /// not_found.
    virtual Result<void> discard(const std::string& id) = 0;
    /// Removes discarded entries now, within bounded work, also those that could not be removed before. Returns the
    /// entries that still cannot be removed.
    virtual std::vector<TrashEntry> empty_now() = 0;
    /// The totals of the last background count. Does no work.
    virtual TrashUsage usage() const = 0;
    /// Counts the entries that came since, within bounded work, and returns the totals.
    virtual TrashUsage usage_now() = 0;
};

}  // namespace davit::store
