#pragma once
#include "volume.hpp"

namespace davit::fs {

/// Reads a resource, with the bytes of a small file, and caches it. Returns null when it cannot be cached: it has just
/// changed, is being changed, is large, or its path contains a symbolic link. `fd` is open for reading at `path`.
KnownResources::Known learn(const Volume& volume, const ResourcePath& path, int fd);

}  // namespace davit::fs
