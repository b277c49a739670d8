#pragma once
// Amounts as a person reads them, in English and without locale.
#include <chrono>
#include <cstdint>
#include <string>

namespace davit {

/// "812 bytes", "1.2 GiB": one decimal place, rounded down.
std::string size_text(std::uint64_t bytes);
/// "1 second", "59 minutes", "23 hours": the largest unit there are two of, rounded down; "0 seconds" when negative.
std::string duration_text(std::chrono::seconds duration);

}  // namespace davit
