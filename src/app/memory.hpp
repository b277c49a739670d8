#pragma once
// How much memory this process may use.
#include <cstdint>

namespace davit::app {

/// Bytes: of the machine, or of the control group (MemoryMax, docker -m) when that is less.
std::uint64_t usable_memory();

/// Default of limits.memory_bytes for so much usable memory: a quarter, from 4 MiB to 256 MiB.
std::uint64_t default_memory_budget(std::uint64_t usable);

/// Keeps freed memory from staying with the process. Call before any thread starts.
void configure_allocator();

}  // namespace davit::app
