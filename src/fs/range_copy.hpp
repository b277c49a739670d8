#pragma once
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Copies `length` bytes at `offset` from one open file to the same offset in another, in the kernel where possible.
/// Skips what lies beyond the end of `from`. Does not move the descriptors' positions.
Result<void> copy_range(int from, int to, std::uint64_t offset, std::uint64_t length);

/// Copies `size` bytes, the content of `from`, to the empty file `to`. Shares blocks where the file system can, and
/// keeps holes where it reports them.
Result<void> copy_sparse(int from, int to, std::uint64_t size);

}  // namespace davit::fs
