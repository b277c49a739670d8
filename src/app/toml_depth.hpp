#pragma once
// A limit that the TOML parser lacks: the parts of a dotted key, each of which is a table in another. The parser walks
// them by recursion, so a file of a few hundred kilobytes could exhaust the stack.
#include <cstddef>
#include <optional>
#include <string_view>

namespace davit::app {

constexpr std::size_t most_key_dots = 8;

/// The line, counted from 1, of the first key with more dots; nothing when there is none. Ignores dots in strings and
/// comments.
std::optional<std::size_t> line_of_deep_key(std::string_view toml);

}  // namespace davit::app
