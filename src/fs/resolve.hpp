#pragma once
// One resource has one path: the server resolves links and Unicode forms before it decides anything about a resource.
#include "volume.hpp"

namespace davit::fs {

/// store::ResourceStore::resolve(). One system call for a path without links.
Result<store::Resolved> resolve(const Volume& volume, const ResourcePath& path, store::LastLink last,
                                store::Waiting waiting);
/// The same for a link in a folder whose path is canonical.
Result<store::Resolved> resolve_member(const Volume& volume, const ResourcePath& folder, std::string_view name);

/// Opens a resource by its canonical path. Never follows a link and never enters the state directory. If the last name
/// is a link: not_found when it has no target, the reason when it leads out of the root; otherwise path_changed.
Result<UniqueFd> open_resource(const Volume& volume, const ResourcePath& path, int flags,
                               store::Waiting waiting = store::Waiting::allowed);

/// stat() of a link. `folder`: the open directory that contains it.
Result<store::ResourceInfo> info_of_link(const Volume& volume, const ResourcePath& path, store::Waiting waiting);

}  // namespace davit::fs
