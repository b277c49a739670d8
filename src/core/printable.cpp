#include "davit/core/printable.hpp"

#include "davit/core/utf8.hpp"

namespace davit {
namespace {

constexpr bool is_ascii_control(char32_t point) {
    return point < 0x20 || point == 0x7F;
}

/// C1 control characters, and Unicode's bidirectional marks, embeddings, overrides and isolates (UAX 9, 2).
constexpr bool is_further_control(char32_t point) {
    return (point >= 0x80 && point <= 0x9F) || point == 0x61C || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void append_hex(std::string& out, char kind, unsigned value, unsigned digits) {
    (out += '\\') += kind;
    while (digits-- > 0) out += "0123456789abcdef"[value >> (4 * digits) & 0xFU];
}

}  // namespace

std::string printable(std::string_view text, std::string_view also) {
    std::string out;
    out.reserve(text.size());
    std::size_t from = 0;  // the start of the text that needs no escape and is not yet copied
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        const auto point = decode_utf8(text, at);
        const bool further = point && is_further_control(*point);
        if (point && !further && !is_ascii_control(*point) && !also.contains(text[start])) continue;
        out += text.substr(from, start - from);
        if (!point) ++at;
        if (further)
            append_hex(out, 'u', *point, 4);
        else
            append_hex(out, 'x', static_cast<unsigned char>(text[start]), 2);
        from = at;
    }
    return out += text.substr(from);
}

std::string describe_character(char c) {
    switch (c) {
        case ' ':
            return "a blank";
        case '\t':
            return "a tab";
        case '\0':
            return "a zero byte";
        case '\r':
            return "a CR without LF";
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7F) return std::string("'") + c + "'";
    constexpr std::string_view digits = "0123456789abcdef";
    return std::string("the byte 0x") + digits[byte >> 4U] + digits[byte & 0xFU];
}

}  // namespace davit
