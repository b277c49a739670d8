#pragma once
// Are two names one thing? Device and inode numbers alone do not tell: some file systems give a number twice, and one
// folder can be reached by several mounts.
#include <string>

#include "confined.hpp"

namespace davit::fs {

/// Two open folders that are one. Where the numbers are equal, a lock that excludes itself proves it.
bool is_same_folder(int one, int other);

/// Two different names in one folder that are one entry, as on a file system that folds case: of two entries with equal
/// numbers the listing of the folder shows only one.
bool is_one_entry(int folder, const std::string& name, const std::string& other);

/// Does `folder` lie inside the folder `above`, or is it the same? Looks at `folder` and at every folder above it, up
/// to `root`.
bool lies_inside(int folder, int above, int root);

}  // namespace davit::fs
