#pragma once
// Whether a file has changed since it was read.
#include <string>

namespace davit::login {

/// What stat(2) says of a file, as bytes to compare: inode, size, times. The same for all files that are not there.
std::string file_stamp(const std::string& path);

}  // namespace davit::login
