#pragma once
// Between the kernel's seconds, of which there are 2^64, and the store's nanoseconds, which end in 1677 and 2262.
#include <ctime>

#include "davit/core/failure.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::fs {

/// Nanoseconds since 1970; what does not fit is the first or the last of them.
std::int64_t nanoseconds(std::int64_t seconds, std::int64_t rest);

/// Sets the mtime alone. invalid_property_value for a time the file system has no place for.
Result<void> set_clock(int fd, store::FileTime time);

/// The same, and never another date in its stead, as a file system stores it that ends sooner: invalid_property_value
/// then, and the file has a time that is the caller's to take back.
Result<void> set_clock_exactly(int fd, store::FileTime time);

}  // namespace davit::fs
