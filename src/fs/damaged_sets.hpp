#pragma once
// Used by `davit fsck --repair` on property sets that cannot be read.
#include "volume.hpp"

namespace davit::fs {

/// The directory below the state directory that keeps the bytes of such sets.
inline constexpr const char* damaged_folder = "damaged";

/// Saves `value`, the damaged set of the open resource, and the record that it points to, durably in damaged_folder.
/// Then gives the resource the readable properties: the few beside the pointer of a large set, or none.
Result<void> replace_damaged_set(const Volume& volume, int fd, const ResourcePath& path, const std::string& value);

/// True when a newer version of this program wrote the set. That version can read it, so there is nothing to repair.
bool is_of_newer_version(const std::string& value);

}  // namespace davit::fs
