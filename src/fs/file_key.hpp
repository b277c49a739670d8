#pragma once
// Tells a file or directory from an earlier one with the same inode number.
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

struct FileKey {
    std::int64_t device;
    std::int64_t inode;
    std::int64_t born;  ///< nanoseconds since 1970; 0 where the file system has no time of birth
};
Result<FileKey> key_of(int fd);

}  // namespace davit::fs
