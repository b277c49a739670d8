#pragma once
#include <functional>

#include "volume.hpp"

namespace davit::fs {

/// A file or tree on the same file system as `place`.
struct Mover {
    int folder;
    std::string name;
    ResourcePath
        path;  ///< the path of `folder` and `name`; for a file under construction, a name in the same directory
    bool visible = false;  ///< it has a URL, so the next start must repair a crash between two steps
};

/// Renames `mover` to `place`. The replaced entry goes to the trash, which records `replaced`. Returns true when
/// `place` was empty.
Result<bool> rename_into(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced);

/// Removes an entry in one step: a rename into the trash, when the trash keeps entries. Otherwise it unlinks a file,
/// and renames a directory to where the sweep empties it in the background.
Result<void> take_away(Volume& volume, int folder, const std::string& name, const Leaving& leaving);
/// The same, but never keeps the entry.
Result<void> take_away_for_good(Volume& volume, int folder, const std::string& name, const Leaving& leaving);
/// The end of a MOVE whose source has been copied to `copy`: hides the source, calls `arrive` to bring the copy to
/// `to`, and removes the source. If the Destination vanishes with the hidden source, one is the other or contains it:
/// then the source returns (same_resource), as it does when `arrive` fails.
Result<bool> replace_source(Volume& volume, const Mover& source, const ResourcePath& to,
                            const store::ResourceInfo& copy, const std::function<Result<bool>()>& arrive);

/// True when the trash keeps `path` when it is removed from `folder`. It never keeps diverted junk files.
bool is_kept(const Volume& volume, int folder, const ResourcePath& path);

}  // namespace davit::fs
