#pragma once
// Depth (RFC 4918, 10.2).
#include <cstdint>

namespace davit {

enum class Depth : std::uint8_t { zero, one, infinity };

}  // namespace davit
