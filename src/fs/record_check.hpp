#pragma once
#include "davit/fs/open_tree.hpp"
#include "volume.hpp"

namespace davit::fs {

/// Checks every property set of the tree and every record. `repair`: removes records that no set points to, unless a
/// part of the tree was unreadable. No other thread or program may use the tree.
Result<TreeReport> check_records(const Volume& volume, bool repair);

}  // namespace davit::fs
