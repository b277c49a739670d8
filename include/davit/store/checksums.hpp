#pragma once
// Checksums a client sent with a content and that were found right. They are one property of the set, bound to the
// content by its entity tag: whatever changes the content, the server or a program beside it, they do not outlive it.
#include <vector>

#include "davit/core/digest.hpp"
#include "davit/core/property.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// ownCloud's oc:checksums. The stored form is ours and never shown as it is (docs/property-store.md).
const PropertyName& checksums_name();

/// `content` is what the checksums are of, with the identity, size and time it will have.
void set_checksums(PropertySet& set, const std::vector<Digest>& checksums, const ResourceInfo& content);
/// Empty when none are known, or only those of another content.
std::vector<Digest> checksums_of(const PropertySet& set, const ResourceInfo& content);
/// The same bytes got another place or time: what was known of `before` is known of `now`; what was not is dropped.
void rebind_checksums(PropertySet& set, const ResourceInfo& before, const ResourceInfo& now);

}  // namespace davit::store
