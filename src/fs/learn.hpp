#pragma once
#include "volume.hpp"

namespace davit::fs {

/// Reads a resource whole, a small file with its bytes, and keeps it for the next time. Null when that is not to be:
/// it has just changed, is being changed, is large, or its name leads through a symbolic link. `fd` is open for
/// reading at `path`.
KnownResources::Known learn(const Volume& volume, const ResourcePath& path, int fd);

}  // namespace davit::fs
