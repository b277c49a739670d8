#include "davit/core/utf8.hpp"

#include <array>

namespace davit {
namespace {

/// 0x80 to 0x9F; every other byte is the code point of its number.
constexpr std::array<char16_t, 32> windows_1252{0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                                0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

void append_basic_plane(std::string& out, unsigned point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | (point >> 6));
        out += static_cast<char>(0x80 | (point & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | (point >> 12));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (point & 0x3F));
    }
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();)
        if (!decode_utf8(text, at)) return false;
    return true;
}

std::string from_utf8_or_windows_1252(std::string_view text) {
    if (is_utf8(text)) return std::string(text);
    std::string out;
    out.reserve(2 * text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        append_basic_plane(out, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte);
    }
    return out;
}

std::string as_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        if (decode_utf8(text, at)) {
            out += text.substr(start, at - start);
        } else {
            out += "\xEF\xBF\xBD";
            ++at;
        }
    }
    return out;
}

}  // namespace davit
