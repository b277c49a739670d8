#pragma once
#include "volume.hpp"

namespace davit::fs {

/// The limits of check_removable(): directories that it enters, other entries that it checks, and names that it reads.
/// The removal itself meets the rest.
inline constexpr std::size_t max_checked_folders = 1000;
inline constexpr std::size_t max_checked_files = 4000;
inline constexpr std::size_t max_checked_names = 100000;

/// Checks that the directory `name`, whose path is `path`, can be removed with all its members. mount_inside: a file
/// system is mounted below it. member_not_removable: the server may not empty one of its directories, or a flag
/// protects a member. The failure names the culprit. Other problems are left to the removal itself.
Result<void> check_removable(const Volume& volume, int folder, const std::string& name, const ResourcePath& path);

/// The first half: mount_inside only.
Result<void> check_no_mount_inside(const Volume& volume, int folder, const std::string& name, const ResourcePath& path);

}  // namespace davit::fs
