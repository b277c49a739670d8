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
    std::uint64_t size = 0;  ///< bytes; 0 for a collection
    FileTime removed{};      ///< fine enough to tell the versions of a file that is saved often
    Actor by;                ///< who took it away
};

/// Thread-safe. Entries older than the time they are kept go by themselves.
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
};

}  // namespace davit::store
