#pragma once
// Parses sizes and durations of a configuration: "64KiB", "20s".
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace davit::app {

/// Digits only, within 63 bits.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);
/// Says why `text` is not such a number; "" when it is one. `what`: "a number of bytes".
std::string wrong_number(const std::string& text, const std::string& what);
/// Bytes: a whole number, alone or with B, KiB, MiB, GiB, TiB. Returns nothing for other text and on overflow.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// Whole seconds, with s, min, h or d.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace davit::app
