#pragma once
// The creation date of a resource whose content has been replaced. A PUT makes a new inode, which has a time of birth
// of its own; RFC 4918, 15.1 speaks of the resource. A file that was never replaced has none of this: its birth counts.
#include <optional>

#include "davit/core/property.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// DAV:creationdate. The stored form is the server's own, seconds since 1970, and is never shown as it is
/// (docs/property-store.md).
const PropertyName& creation_date_name();

/// Keeps the date in `set` if the set has one; otherwise puts `born` there.
void keep_creation_date(PropertySet& set, FileTime born);
/// The date in `set`, else the time of birth in `info`.
std::chrono::sys_seconds creation_date(const PropertySet& set, const ResourceInfo& info);

}  // namespace davit::store
