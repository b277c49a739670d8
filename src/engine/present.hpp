#pragma once
// Steps that several methods share before they change anything.
#include <optional>

#include "davit/engine/conditions.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// The user whose change it is, for the store.
inline store::Actor actor(const Target& target) {
    return {std::string(target.caller.principal), std::string(target.caller.request_id)};
}

/// Policy::operation_timeout from now.
store::Deadline deadline(const Services& services);

/// Returns nothing when the URL is unmapped; other failures stay failures.
Result<std::optional<store::ResourceInfo>> look_up(const Services& services, const ResourcePath& path,
                                                   store::Waiting waiting = store::Waiting::allowed);

/// not_found with a sentence when the URL is unmapped, or names a file but ends in a slash.
Result<store::ResourceInfo> require(const Services& services, const Target& target);
/// True when a listing shows `path` with a trailing slash. `info` is the result of stat(). A link is not a collection
/// itself. If its target is a collection that `asker` may see, listings and requests use a slash.
bool ends_in_slash(const Services& services, const Caller& asker, const ResourcePath& path,
                   const store::ResourceInfo& info);
/// A URL that ends in a slash names a collection: if a file exists there, the result is 404.
Result<void> check_slash(const Target& target, const store::ResourceInfo& info);
/// The same for a method that would create a file (409).
Result<void> may_be_file(const Target& target);

/// parent_missing or not_a_collection when `path` cannot be created (RFC 4918, 9.3.1, 9.7.1, 9.8.5).
Result<void> require_parent(const Services& services, const Caller& asker, const ResourcePath& path);

/// root_immutable or home_immutable: no request may remove the root collection, or the home in which the caller's URLs
/// begin.
Failure stays(const ResourcePath& top, std::string_view what_not);

/// litter_refused for names that this server does not create.
Result<void> may_be_named(const Services& services, const ResourcePath& path);

}  // namespace davit::engine
