#pragma once
#include "volume.hpp"

namespace davit::fs {

/// A file or tree that stands somewhere on the same file system as `place`.
struct Mover {
    int folder;
    std::string name;
    ResourcePath path;     ///< what `folder` and `name` are called; unused for what stands aside
    bool visible = false;  ///< it has a URL, so a crash between two steps must be put right afterwards
};

/// Renames `mover` to `place`; what stood there goes to the trash. true: nothing stood there.
Result<bool> rename_into(Volume& volume, const Mover& mover, const Place& place, store::Replace replace);

/// Takes an entry away by one rename into the trash; a file at once.
Result<void> take_away(Volume& volume, int folder, const std::string& name);

}  // namespace davit::fs
