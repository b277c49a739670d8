#pragma once
// The creation date of a resource whose content was replaced. A PUT makes a new inode with its own time of birth, but
// RFC 4918, 15.1 means the resource. A file that was never replaced has no stored date: its time of birth counts.
#include <optional>

#include "davit/core/property.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// DAV:creationdate. The stored form is Davit's own, seconds since 1970; no client sees it (docs/property-store.md).
const PropertyName& creation_date_name();

/// Keeps the date of `set` if there is one; otherwise stores `born`.
void keep_creation_date(PropertySet& set, FileTime born);
/// The date in `set`, else the time of birth in `info`.
std::chrono::sys_seconds creation_date(const PropertySet& set, const ResourceInfo& info);

}  // namespace davit::store
