#pragma once
// Port: dead properties and the settable live ones, changed together or not at all.
#include <optional>

#include "davit/core/failure.hpp"
#include "davit/core/property.hpp"
#include "davit/store/resource_info.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::store {

/// The change of a PROPPATCH. An empty member stays as it is.
struct PropertyChange {
    std::optional<PropertySet> properties;  ///< the whole new set
    std::optional<std::chrono::sys_seconds> modified;
    std::optional<bool> executable;
};

class PropertyStore {
public:
    virtual ~PropertyStore() = default;
    /// All dead properties; an empty set when there are none. not_found when the resource is gone; would_block when
    /// `waiting` is refused and the set is in a record or in the database.
    virtual Result<PropertySet> read(const ResourcePath& path, Waiting waiting = Waiting::allowed) const = 0;
    /// All or nothing, and durable when the call returns: afterwards either all of `change` holds or nothing changed.
    /// no_space when the set does not fit, permission_denied when the server may not change clock or mode.
    virtual Result<void> write(const ResourcePath& path, const PropertyChange& change) = 0;
};

}  // namespace davit::store
