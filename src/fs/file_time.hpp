#pragma once
// Converts between the kernel's seconds (64 bits) and the store's nanoseconds, which cover 1677 to 2262.
#include <ctime>

#include "davit/core/failure.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::fs {

/// Nanoseconds since 1970, clamped to the range.
std::int64_t nanoseconds(std::int64_t seconds, std::int64_t rest);

/// Sets the mtime only. invalid_property_value for a time that the file system cannot store.
Result<void> set_clock(int fd, store::FileTime time);

/// The same, but refuses a time that the file system would clamp: invalid_property_value. Then the file has a wrong
/// time, which the caller must restore.
Result<void> set_clock_exactly(int fd, store::FileTime time);

}  // namespace davit::fs
