#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"
#include "entity_tag.hpp"

namespace davit::headers {
namespace {

/// etagc = %x21 / %x23-7E / obs-text, and blanks, because RFC 4918's own example has them (10.4.6).
constexpr bool is_tag_char(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return is_space(c) || byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

}  // namespace

std::optional<ETag> take_entity_tag(Scanner& in) {
    ETag tag;
    if (in.accept('W')) {
        if (!in.accept('/')) return std::nullopt;
        tag.weak = true;
    }
    std::string_view opaque;
    if (!in.accept('"') || !in.until('"', opaque)) return std::nullopt;
    for (const char c : opaque)
        if (!is_tag_char(c)) return std::nullopt;
    tag.opaque = opaque;
    return tag;
}

std::optional<EntityTags> parse_entity_tags(std::string_view text) {
    text = trim(text);
    EntityTags parsed;
    if (text == "*") {
        parsed.any = true;
        return parsed;
    }
    Scanner in(text);
    while (!in.done()) {
        in.skip_space();
        if (in.accept(',')) continue;
        auto tag = take_entity_tag(in);
        if (!tag) return std::nullopt;
        parsed.tags.push_back(std::move(*tag));
        in.skip_space();
        if (!in.done() && !in.accept(',')) return std::nullopt;
    }
    if (parsed.tags.empty()) return std::nullopt;
    return parsed;
}

}  // namespace davit::headers
