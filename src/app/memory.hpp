#pragma once
// The memory that this process may use.
#include <cstdint>

namespace davit::app {

/// In bytes: the machine's, or that of the control group (MemoryMax, docker -m) when it is less.
std::uint64_t usable_memory();

/// Default of limits.memory_bytes for so much usable memory: a quarter, from 4 MiB to 256 MiB.
std::uint64_t default_memory_budget(std::uint64_t usable);

/// Makes the allocator return freed memory to the system. Call before any thread starts.
void configure_allocator();

}  // namespace davit::app
