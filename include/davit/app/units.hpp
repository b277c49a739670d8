#pragma once
// "64KiB" and "20s" as people write them in a configuration.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace davit::app {

/// Bytes: a whole number, alone or with B, KiB, MiB, GiB, TiB. Nothing when it is something else or does not fit.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// Whole seconds, with s, min, h or d.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace davit::app
