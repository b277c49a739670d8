#pragma once
// Files of accounts and keys: whether one has changed since it was read, and what is in it.
#include <optional>
#include <string>

namespace davit::login {

/// What stat(2) says of a file, as bytes to compare: inode, size, times. The same for all files that are not there.
std::string file_stamp(const std::string& path);
/// All of a regular file; nothing when it cannot be read, or is a pipe, a folder or the like: never waits for anybody.
std::optional<std::string> read_file(const std::string& path);

}  // namespace davit::login
