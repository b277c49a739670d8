#pragma once
// What the TOML parser does not limit itself: the parts of a dotted key, each of which is a table within another. It
// walks them by recursion, and a file of some hundred kilobytes would be deeper than any stack.
#include <cstddef>
#include <optional>
#include <string_view>

namespace davit::app {

constexpr std::size_t most_key_dots = 8;

/// The line, counted from 1, with the first key of more dots than that; nothing when there is none. Dots in strings and
/// comments do not count.
std::optional<std::size_t> line_of_deep_key(std::string_view toml);

}  // namespace davit::app
