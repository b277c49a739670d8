#pragma once
// Unpredictable bytes for names and tokens.
#include <array>
#include <cstddef>
#include <string>

namespace davit {

using RandomBytes = std::array<unsigned char, 16>;

/// Returns bytes from the kernel, each byte once. Each thread fetches a supply of them in advance. The child of a fork
/// without exec would get the same bytes; Davit never forks so.
RandomBytes random_bytes();

/// Lower case, two digits for each byte.
void append_hex(std::string& out, const unsigned char* bytes, std::size_t count);

}  // namespace davit
