#include "davit/core/active_lock.hpp"

#include <utility>

namespace davit {
namespace {

/// The end of the markup that begins at `at`, a '<'. Stored fragments escape '>' outside markup, but not inside
/// comments and processing instructions.
std::size_t end_of_markup(std::string_view xml, std::size_t at) {
    std::string_view closing = ">";
    if (xml.substr(at).starts_with("<!--")) closing = "-->";
    if (xml.substr(at).starts_with("<?")) closing = "?>";
    const auto end = xml.find(closing, at);
    return end == xml.npos ? xml.size() : end + closing.size();
}

/// Appends the character that the reference at `at` represents and returns the reference's end.
std::size_t append_reference(std::string& out, std::string_view xml, std::size_t at) {
    constexpr std::pair<std::string_view, char> known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
    for (const auto& [text, character] : known) {
        if (!xml.substr(at).starts_with(text)) continue;
        out += character;
        return at + text.size();
    }
    out += '&';
    return at + 1;
}

}  // namespace

std::string_view name(LockScope scope) {
    return scope == LockScope::exclusive ? "exclusive" : "shared";
}

std::string owner_text(const ActiveLock& lock, std::size_t most) {
    const std::string_view xml = lock.owner_xml;
    std::string text;
    for (std::size_t at = 0; at < xml.size();) {
        if (xml[at] == '<') {
            at = end_of_markup(xml, at);
        } else if (xml[at] == '&') {
            at = append_reference(text, xml, at);
        } else if (const bool space = static_cast<unsigned char>(xml[at]) <= ' '; space) {
            if (!text.empty() && text.back() != ' ') text += ' ';
            ++at;
        } else {
            text += xml[at++];
        }
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80) --most;
    return text.substr(0, most) + "...";
}

}  // namespace davit
