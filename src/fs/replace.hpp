#pragma once
#include <functional>

#include "volume.hpp"

namespace davit::fs {

/// A file or tree that stands somewhere on the same file system as `place`.
struct Mover {
    int folder;
    std::string name;
    ResourcePath path;     ///< what `folder` and `name` are called; of what stands aside, a name in the same folder
    bool visible = false;  ///< it has a URL, so a crash between two steps must be put right afterwards
};

/// Renames `mover` to `place`; what stood there goes to the trash, which writes down `replaced`. true: nothing stood
/// there.
Result<bool> rename_into(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced);

/// Takes an entry away by one step: a rename into the trash, when that keeps things; otherwise a file is unlinked, and
/// a folder renamed to where it is emptied in the background.
Result<void> take_away(Volume& volume, int folder, const std::string& name, const Leaving& leaving);
/// The same, and never kept.
Result<void> take_away_for_good(Volume& volume, int folder, const std::string& name, const Leaving& leaving);
/// What a MOVE does with a source that has been copied aside, as `copy`: it is hidden, `arrive` brings the copy to
/// `to`, and the source is removed. When the Destination vanishes as soon as the source is hidden, both are one thing,
/// or one is inside the other: then the source comes back (same_resource), as it does when `arrive` fails.
Result<bool> replace_source(Volume& volume, const Mover& source, const ResourcePath& to,
                            const store::ResourceInfo& copy, const std::function<Result<bool>()>& arrive);

/// Does the trash keep `path`, when it is taken from `folder`? Litter that was diverted it does not.
bool is_kept(const Volume& volume, int folder, const ResourcePath& path);

}  // namespace davit::fs
