#pragma once
// Reads the files of accounts and keys, and detects their changes.
#include <optional>
#include <string>

namespace davit::login {

/// The result of stat(2) as comparable bytes: inode, size, times. All missing files have the same stamp.
std::string file_stamp(const std::string& path);
/// The content of a regular file. Returns nothing when the file is unreadable, or is a pipe, a directory or the like,
/// so it never blocks.
std::optional<std::string> read_file(const std::string& path);

}  // namespace davit::login
