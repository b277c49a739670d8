#include <array>

#include "characters.hpp"
#include "davit/core/utf8.hpp"
#include "davit/xml/writer.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// One-byte characters that need no escape in any place: nearly all.
constexpr auto plain = [] {
    std::array<bool, 256> is{};
    for (std::size_t byte = 0x20; byte < 0x80; ++byte)
        is[byte] = byte != '&' && byte != '<' && byte != '>' && byte != '"';
    return is;
}();

template <bool Attribute>
void append_escaped(std::string& out, std::string_view text) {
    std::size_t plain_from = 0;
    std::size_t at = 0;
    const auto replace = [&](std::size_t length, std::string_view with) {
        out.append(text, plain_from, at - plain_from);
        out += with;
        at += length;
        plain_from = at;
    };
    while (true) {
        while (at < text.size() && plain[static_cast<unsigned char>(text[at])]) ++at;
        if (at == text.size()) break;
        switch (const auto byte = static_cast<unsigned char>(text[at]); byte) {
            case '&':
                replace(1, "&amp;");
                continue;
            case '<':
                replace(1, "&lt;");
                continue;
            case '>':
                replace(1, "&gt;");
                continue;
            case '\r':
                replace(1, "&#13;");
                continue;
            case '"':
                if (Attribute) {
                    replace(1, "&quot;");
                    continue;
                }
                break;
            case '\n':
                if (Attribute) {
                    replace(1, "&#10;");
                    continue;
                }
                break;
            case '\t':
                if (Attribute) {
                    replace(1, "&#9;");
                    continue;
                }
                break;
            default:
                if (byte >= 0x80 || byte < 0x20) {
                    std::size_t next = at;
                    const auto point = decode_utf8(text, next);
                    if (!point || !is_xml_char(*point)) {
                        replace(1, replacement);
                    } else {
                        at = next;
                    }
                    continue;
                }
        }
        ++at;
    }
    out.append(text, plain_from, text.size() - plain_from);
}

}  // namespace

void append_escaped_text(std::string& out, std::string_view text) {
    append_escaped<false>(out, text);
}
void append_escaped_attribute(std::string& out, std::string_view text) {
    append_escaped<true>(out, text);
}

}  // namespace davit::xml
