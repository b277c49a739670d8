#include "davit/core/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace davit {
namespace {

/// 0x80 to 0x9F. Every other byte equals its code point.
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

/// The number of leading ASCII bytes, in steps of eight.
std::size_t ascii_run(std::string_view text) {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::size_t at = 0;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & high_bits) != 0) break;
    }
    return at;
}

/// True when `rest` can be the beginning of one character whose last bytes are missing.
bool is_incomplete(std::string_view rest) {
    // The first byte allows at most three more. Some lead bytes restrict the second byte's range.
    for (std::size_t more = 1; more < 4; ++more)
        for (const char next : {'\x80', '\xBF'}) {
            const auto whole = std::string(rest).append(more, next);
            std::size_t at = 0;
            if (decode_utf8(whole, at) && at == whole.size()) return true;
        }
    return false;
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

bool is_utf8_start(std::string_view bytes, bool cut) {
    for (std::size_t at = 0; at < bytes.size();) {
        at += ascii_run(bytes.substr(at));
        if (at == bytes.size()) break;
        const auto start = at;
        if (decode_utf8(bytes, at)) continue;
        return cut && bytes.size() - start < 4 && is_incomplete(bytes.substr(start));
    }
    return true;
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
