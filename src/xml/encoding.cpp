#include "characters.hpp"
#include "davit/xml/well_formed.hpp"

namespace davit::xml {

void append_utf8(std::string& out, char32_t point) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | (point >> 6));
        put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        put(0xE0 | (point >> 12));
        put(0x80 | ((point >> 6) & 0x3F));
        put(0x80 | (point & 0x3F));
    } else {
        put(0xF0 | (point >> 18));
        put(0x80 | ((point >> 12) & 0x3F));
        put(0x80 | ((point >> 6) & 0x3F));
        put(0x80 | (point & 0x3F));
    }
}

namespace {

Result<std::string> from_utf16(std::string_view body, bool big_endian) {
    const auto broken = [] { return fail(FailureCode::bad_xml, "The body is not valid UTF-16."); };
    if (body.size() % 2 != 0) return broken();
    const auto unit = [&](std::size_t at) -> char32_t {
        const auto first = static_cast<unsigned char>(body[at]);
        const auto second = static_cast<unsigned char>(body[at + 1]);
        return big_endian ? static_cast<char32_t>(first << 8 | second) : static_cast<char32_t>(second << 8 | first);
    };
    std::string out;
    for (std::size_t at = 2; at < body.size(); at += 2) {
        char32_t point = unit(at);
        if (point >= 0xD800 && point <= 0xDBFF) {
            if (at + 3 >= body.size()) return broken();
            const auto low = unit(at + 2);
            if (low < 0xDC00 || low > 0xDFFF) return broken();
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
            at += 2;
        } else if (point >= 0xDC00 && point <= 0xDFFF) {
            return broken();
        }
        append_utf8(out, point);
    }
    return out;
}

}  // namespace

Result<std::string> to_utf8(std::string_view body) {
    if (body.starts_with("\xFE\xFF")) return from_utf16(body, true);
    if (body.starts_with("\xFF\xFE")) return from_utf16(body, false);
    if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    return std::string(body);
}

}  // namespace davit::xml
