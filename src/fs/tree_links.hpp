#pragma once
// The symbolic links of a copied or moved tree: each keeps its target.
#include "link_text.hpp"
#include "volume.hpp"

namespace davit::fs {

/// The names from the root to an open file or directory, as the kernel reports them. Returns nothing when it lies
/// outside the root or has been removed.
std::optional<Steps> canonical_steps(const Volume& volume, int fd);

/// The relocation of the tree `from`, open as `source`, to `place` with the path `to`.
Relocation relocation_of(const Volume& volume, int source, const ResourcePath& from, const Place& place,
                         const ResourcePath& to);
/// The same for the entry `from` of `folder`, which may itself be a link.
Relocation relocation_of_entry(const Volume& volume, int folder, const ResourcePath& from, const Place& place,
                               const ResourcePath& to);

/// The target of the link with these names.
std::optional<Steps> resolve_link(const Volume& volume, const Steps& link);

Result<std::string> read_link(int folder, const std::string& name);
/// link_elsewhere: `link` would need another text, which is undecidable.
std::unexpected<Failure> link_would_change(const ResourcePath& link);

/// The link's target is a part of what its own tree is about to replace.
std::unexpected<Failure> link_would_end(const ResourcePath& link);
/// link_would_end() for the first such link in the tree `from`, which is to replace `to`. Skips directories that the
/// server may not read.
Result<void> check_links_stay(const Volume& volume, const ResourcePath& from, const ResourcePath& to,
                              const store::Deadline& until);

/// True when the entry `name` of `folder` must be copied rather than renamed: it is a relative link, or a directory
/// with links that lead out of it.
Result<bool> has_moving_links(int folder, const std::string& name, const store::Deadline& until);

}  // namespace davit::fs
