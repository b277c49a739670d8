#pragma once
// The symbolic links of a tree that is copied or moved: each leads to the same place afterwards.
#include "link_text.hpp"
#include "volume.hpp"

namespace davit::fs {

/// The names from the root down to an open file or folder, as the kernel knows them; nothing when it does not lie below
/// the root, or has been removed.
std::optional<Steps> canonical_steps(const Volume& volume, int fd);

/// Where the tree `from`, which is open as `source`, goes when it comes to `place`, called `to`.
Relocation relocation_of(const Volume& volume, int source, const ResourcePath& from, const Place& place,
                         const ResourcePath& to);
/// The same of the entry `from` of `folder`, which may be a link itself.
Relocation relocation_of_entry(const Volume& volume, int folder, const ResourcePath& from, const Place& place,
                               const ResourcePath& to);

/// Where the link with these names leads.
std::optional<Steps> resolve_link(const Volume& volume, const Steps& link);

Result<std::string> read_link(int folder, const std::string& name);
/// link_elsewhere: the text `link` would have to be another, and which cannot be told.
std::unexpected<Failure> link_would_change(const ResourcePath& link);

/// The link leads to a part of what is to be replaced by the tree that it is in.
std::unexpected<Failure> link_would_end(const ResourcePath& link);
/// link_would_end() for the first such link in the tree `from`, which is to replace `to`. What the server may not look
/// into is left out.
Result<void> check_links_stay(const Volume& volume, const ResourcePath& from, const ResourcePath& to,
                              const store::Deadline& until);

/// Does the entry `name` of `folder` have to be copied rather than renamed, because it is a relative link, or a folder
/// with links that lead out of it?
Result<bool> has_moving_links(int folder, const std::string& name, const store::Deadline& until);

}  // namespace davit::fs
