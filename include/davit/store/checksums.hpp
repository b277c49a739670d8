#pragma once
// Checksums that a client sent with a content and that were right. They are one property of the set. The entity tag in
// them binds them to the content: after any change of the content, by the server or another program, they no longer
// count.
#include <vector>

#include "davit/core/digest.hpp"
#include "davit/core/property.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// ownCloud's oc:checksums. The stored form is Davit's own; no client sees it (docs/property-store.md).
const PropertyName& checksums_name();

/// `content` describes the content of the checksums, with the inode, size and time that it will have.
void set_checksums(PropertySet& set, const std::vector<Digest>& checksums, const ResourceInfo& content);
/// Empty when `set` has none, or only those of another content.
std::vector<Digest> checksums_of(const PropertySet& set, const ResourceInfo& content);
/// The same bytes have a new inode or time. Binds the checksums of `before` to `now`, and removes checksums that were
/// not those of `before`.
void rebind_checksums(PropertySet& set, const ResourceInfo& before, const ResourceInfo& now);

}  // namespace davit::store
