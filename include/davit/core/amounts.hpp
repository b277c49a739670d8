#pragma once
// Sizes and durations as English text for people, independent of the locale.
#include <chrono>
#include <cstdint>
#include <string>

namespace davit {

/// "812 bytes", "1.2 GiB": one decimal place, rounded down.
std::string size_text(std::uint64_t bytes);
/// "1 second", "59 minutes", "23 hours": the largest unit of which there are at least two, rounded down; "0 seconds"
/// when negative.
std::string duration_text(std::chrono::seconds duration);

}  // namespace davit
