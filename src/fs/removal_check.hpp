#pragma once
#include "volume.hpp"

namespace davit::fs {

/// How much of a tree check_removable() looks at: folders that it enters, other entries that it asks for, and names
/// that it reads. What lies beyond is met when the tree is emptied.
inline constexpr std::size_t max_checked_folders = 1000;
inline constexpr std::size_t max_checked_files = 4000;
inline constexpr std::size_t max_checked_names = 100000;

/// Can the folder `name`, whose path is `path`, be removed with all that is in it? mount_inside: a file system is
/// mounted below it. member_not_removable: the server lacks the right to empty a folder of it, or a member is protected
/// by a flag. The culprit is named. Whatever else goes wrong is left for the removal itself to meet.
Result<void> check_removable(const Volume& volume, int folder, const std::string& name, const ResourcePath& path);

/// The first half: mount_inside alone.
Result<void> check_no_mount_inside(const Volume& volume, int folder, const std::string& name, const ResourcePath& path);

}  // namespace davit::fs
