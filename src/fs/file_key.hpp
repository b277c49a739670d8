#pragma once
// What tells a file or folder from one that had its inode number before.
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

struct FileKey {
    std::int64_t device;
    std::int64_t inode;
    std::int64_t born;  ///< nanoseconds since 1970; 0 where the file system keeps no time of birth
};
Result<FileKey> key_of(int fd);

}  // namespace davit::fs
