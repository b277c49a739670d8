#pragma once
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Copies `length` bytes at `offset` from one open file to the same place in another, in the kernel where it can.
/// What lies beyond the end of `from` is left out. The descriptors' own positions stay.
Result<void> copy_range(int from, int to, std::uint64_t offset, std::uint64_t length);

/// Copies the content of `from`, `size` bytes, to the empty file `to`. Blocks are shared where the file system can do
/// that; holes stay holes where it tells of them.
Result<void> copy_sparse(int from, int to, std::uint64_t size);

}  // namespace davit::fs
