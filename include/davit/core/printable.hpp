#pragma once
// Makes text from a client safe to show on a terminal or in a log line.
#include <string>
#include <string_view>

namespace davit {

/// Returns `text` with everything escaped that a terminal would obey instead of showing: ASCII control characters as
/// \x1b, C1 and bidirectional control characters as \u009b, bytes that are not UTF-8 as \xff. Also escapes the ASCII
/// characters in `also`.
std::string printable(std::string_view text, std::string_view also = {});

/// One byte, in words: "a blank", "a tab", "'<'", "the byte 0x1b".
std::string describe_character(char c);

}  // namespace davit
