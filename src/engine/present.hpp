#pragma once
// Steps that several methods share before they change anything.
#include <optional>

#include "davit/engine/conditions.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Whose change it is, for the store.
inline store::Actor actor(const Target& target) {
    return {std::string(target.caller.principal), std::string(target.caller.request_id)};
}

/// Policy::operation_timeout from now on.
store::Deadline deadline(const Services& services);

/// Nothing when the URL is unmapped; other failures stay failures.
Result<std::optional<store::ResourceInfo>> look_up(const Services& services, const ResourcePath& path,
                                                   store::Waiting waiting = store::Waiting::allowed);

/// not_found with a sentence, when the URL is unmapped, or a file's with a slash at its end.
Result<store::ResourceInfo> require(const Services& services, const Target& target);
/// Does a listing show `path` with a final slash? `info` is what stat() tells of it. A link is no collection itself,
/// but one that leads to a collection which `asker` may see is shown, and asked for, with a slash.
bool ends_in_slash(const Services& services, const Caller& asker, const ResourcePath& path,
                   const store::ResourceInfo& info);
/// A URL that ends in a slash is that of a collection: where a file is, there is nothing at it (404).
Result<void> check_slash(const Target& target, const store::ResourceInfo& info);
/// The same for a method that would make a file there (409).
Result<void> may_be_file(const Target& target);

/// parent_missing or not_a_collection when `path` could not be made (RFC 4918, 9.3.1, 9.7.1, 9.8.5).
Result<void> require_parent(const Services& services, const Caller& asker, const ResourcePath& path);

/// root_immutable or home_immutable: the root collection, or the caller's home, where its URLs begin, always stays.
Failure stays(const ResourcePath& top, std::string_view what_not);

/// litter_refused for names under which nothing is made here.
Result<void> may_be_named(const Services& services, const ResourcePath& path);

}  // namespace davit::engine
