#pragma once
// "64KiB" and "20s" as people write them in a configuration.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace davit::app {

/// Digits alone, of a number that 63 bits hold.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);
/// Why `text` is no such number; "" when it is one. `what`: "a number of bytes".
std::string wrong_number(const std::string& text, const std::string& what);
/// Bytes: a whole number, alone or with B, KiB, MiB, GiB, TiB. Nothing when it is something else or does not fit.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// Whole seconds, with s, min, h or d.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace davit::app
