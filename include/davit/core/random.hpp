#pragma once
// Bytes that nobody can foresee, for names and tokens.
#include <array>
#include <cstddef>
#include <string>

namespace davit {

using RandomBytes = std::array<unsigned char, 16>;

/// From getrandom(2), which each thread asks for some at a time; used once. Aborts where the kernel has none. Of a
/// process that forks without exec the child would get the same: Davit does not.
RandomBytes random_bytes();

/// Lower case, two digits a byte.
void append_hex(std::string& out, const unsigned char* bytes, std::size_t count);

}  // namespace davit
