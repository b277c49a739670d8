#pragma once
// What `davit fsck --repair` does with property sets that cannot be read.
#include "volume.hpp"

namespace davit::fs {

/// The folder below the state folder that keeps the bytes of such sets.
inline constexpr const char* damaged_folder = "damaged";

/// Keeps `value`, the damaged set of the open resource, and the record that it points to, in the folder above, durably.
/// Then gives the resource what can be read of it: the few properties beside the pointer of a large set, or none.
Result<void> replace_damaged_set(const Volume& volume, int fd, const ResourcePath& path, const std::string& value);

/// Written by a newer version of this program, which can read it: nothing to repair.
bool is_of_newer_version(const std::string& value);

}  // namespace davit::fs
