#pragma once
// Tells whether two names are one entry. Device and inode numbers are not enough: some file systems repeat a number,
// and several mounts may lead to one directory.
#include <string>

#include "confined.hpp"

namespace davit::fs {

/// True when two open directories are one. If their numbers are equal, a lock that excludes itself proves it.
bool is_same_folder(int one, int other);

/// True when two different names in one directory are one entry, as on a file system that folds case. If two entries
/// have equal numbers, the directory's listing shows only one of the names.
bool is_one_entry(int folder, const std::string& name, const std::string& other);

/// True when `folder` is the directory `above` or lies inside it. Checks `folder` and its ancestors up to `root`.
bool lies_inside(int folder, int above, int root);

}  // namespace davit::fs
