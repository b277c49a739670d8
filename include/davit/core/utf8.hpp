#pragma once
// UTF-8 (RFC 3629), one code point at a time.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace davit {

/// Returns the code point at `at` and moves `at` behind it. Returns nothing when the bytes are not UTF-8.
constexpr std::optional<char32_t> decode_utf8(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at);
    if (lead < 0x80) {
        ++at;
        return lead;
    }
    const std::size_t more = lead >= 0xC2 && lead < 0xE0   ? 1
                             : lead >= 0xE0 && lead < 0xF0 ? 2
                             : lead >= 0xF0 && lead < 0xF5 ? 3
                                                           : 0;
    if (more == 0 || at + more >= text.size()) return std::nullopt;
    char32_t point = lead & (0x3FU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80) return std::nullopt;
        point = (point << 6) | (byte(at + i) & 0x3FU);
    }
    const char32_t least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
    at += more + 1;
    return point;
}

/// True when the first bytes of a text are UTF-8. With `cut` the text continues behind them, so its last character may
/// be incomplete.
bool is_utf8_start(std::string_view bytes, bool cut);

/// Replaces each byte that is not UTF-8 by U+FFFD, as JSON requires.
std::string as_utf8(std::string_view text);

/// True when all of `text` is UTF-8.
bool is_utf8(std::string_view text);
/// Returns the text itself when it is UTF-8; otherwise reads its bytes as Windows-1252, which contains all letters of
/// Latin-1. The five bytes that Windows-1252 leaves undefined become the control characters of the same number.
std::string from_utf8_or_windows_1252(std::string_view text);

}  // namespace davit
