#pragma once
#include "davit/fs/open_tree.hpp"
#include "volume.hpp"

namespace davit::fs {

/// Looks at every property set of the tree and at every record. With `repair` records nobody points to are removed,
/// unless a part of the tree could not be read. Nothing else may be at work on the tree.
Result<TreeReport> check_records(const Volume& volume, bool repair);

}  // namespace davit::fs
