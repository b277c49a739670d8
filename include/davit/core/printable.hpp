#pragma once
// What somebody sent, for the eyes of somebody else: on a terminal or in a line of a log.
#include <string>
#include <string_view>

namespace davit {

/// As it is, but for what a terminal would obey instead of showing it: control characters of ASCII as \x1b, those
/// beyond it (C1) and those that turn the direction of writing as \u009b, bytes that are not UTF-8 as \xff. So also the
/// characters of ASCII in `also`.
std::string printable(std::string_view text, std::string_view also = {});

/// One byte, in words: "a blank", "a tab", "'<'", "the byte 0x1b".
std::string describe_character(char c);

}  // namespace davit
