#include "davit/core/resource_path.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace davit {
namespace {

/// Bytes that an href keeps: unreserved and most sub-delims of RFC 3986, 2.2 and 2.3. '&' is encoded because hrefs
/// appear in XML and HTML, '+' because some clients decode it to a blank, as in a form. All bytes outside ASCII are
/// encoded.
constexpr std::array<bool, 256> make_plain() {
    std::array<bool, 256> plain{};
    for (unsigned c = '0'; c <= '9'; ++c) plain[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c) plain[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c) plain[c] = true;
    for (const char c : {'-', '.', '_', '~', '!', '$', '\'', '(', ')', '*', ',', ';', '=', ':', '@'})
        plain[static_cast<unsigned char>(c)] = true;
    return plain;
}
constexpr auto plain = make_plain();

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// Drops the last segment of `text`. Returns false when there is none.
bool drop_last(std::string& text) {
    if (text.empty()) return false;
    const auto slash = text.rfind('/');
    text.resize(slash == std::string::npos ? 0 : slash);
    return true;
}

/// Handles the segment that begins at `start` and ends `text`: keeps it, drops it, or steps back.
std::expected<void, PathError> close_segment(std::string& text, std::size_t start) {
    const auto first = start == 0 ? 0 : start + 1;  // the '/' before the segment
    const std::string_view segment = std::string_view(text).substr(std::min(first, text.size()));
    if (segment.empty() || segment == ".") {
        text.resize(start);
    } else if (segment == "..") {
        text.resize(start);
        if (!drop_last(text)) return std::unexpected(PathError::climbs);
    } else if (segment.size() > ResourcePath::max_growth * ResourcePath::max_name ||
               text.size() > ResourcePath::max_growth * ResourcePath::max_path) {
        return std::unexpected(PathError::too_long);
    }
    return {};
}

/// Default_Ignorable_Code_Point of Unicode: ext4 and other file systems ignore these when they compare names without
/// case.
constexpr std::array<std::pair<char32_t, char32_t>, 16> ignorable{{{0xAD, 0xAD},
                                                                   {0x34F, 0x34F},
                                                                   {0x61C, 0x61C},
                                                                   {0x115F, 0x1160},
                                                                   {0x17B4, 0x17B5},
                                                                   {0x180B, 0x180F},
                                                                   {0x200B, 0x200F},
                                                                   {0x202A, 0x202E},
                                                                   {0x2060, 0x206F},
                                                                   {0x3164, 0x3164},
                                                                   {0xFE00, 0xFE0F},
                                                                   {0xFEFF, 0xFEFF},
                                                                   {0xFFA0, 0xFFA0},
                                                                   {0xFFF0, 0xFFF8},
                                                                   {0x1D173, 0x1D17A},
                                                                   {0xE0000, 0xE0FFF}}};

/// Removes one code point of UTF-8 from the front; one byte if the bytes are not UTF-8.
char32_t take_code_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t code = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < std::min(size, text.size()); ++i)
        code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(std::min(size, text.size()));
    return code;
}

bool is_ignorable(char32_t code) {
    return code >= 0xAD &&
           std::ranges::any_of(ignorable, [&](auto range) { return code >= range.first && code <= range.second; });
}

bool is_decimal_digit(char c) {
    return c >= '0' && c <= '9';
}

/// VFAT and Windows give a long name a second, short one: "DAVIT~1" means ".davit", "DAVIT-~1" means ".davit-...".
bool is_short_form(std::string_view segment) {
    constexpr std::string_view start = "davit";
    const auto is_folded = [](char c, char wanted) { return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) == wanted; };
    if (segment.size() < start.size() || !std::ranges::equal(segment.substr(0, start.size()), start, is_folded))
        return false;
    segment.remove_prefix(start.size());
    if (segment.starts_with('-')) segment.remove_prefix(1);
    if (segment.size() < 2 || segment[0] != '~' || !is_decimal_digit(segment[1])) return false;
    return std::ranges::all_of(segment.substr(2), [](char c) { return is_decimal_digit(c) || c == '.' || c == ' '; });
}

bool has_reserved_name(std::string_view path) {
    while (!path.empty()) {
        const auto segment = path.substr(0, path.find('/'));
        if (ResourcePath::is_reserved(segment)) return true;
        path.remove_prefix(std::min(segment.size() + 1, path.size()));
    }
    return false;
}

/// The common part of both parsers: `next` returns decoded bytes and says whether a '/' separates.
template <bool Encoded>
std::expected<std::string, PathError> normalise(std::string_view input) {
    std::string text;
    text.reserve(input.size());
    std::size_t start = 0;
    bool open = false;  // inside a segment
    for (std::size_t at = 0; at <= input.size(); ++at) {
        if (at == input.size() || input[at] == '/') {
            if (open) {
                if (auto closed = close_segment(text, start); !closed) return std::unexpected(closed.error());
            }
            start = text.size();
            open = false;
            continue;
        }
        char byte = input[at];
        if (Encoded && byte == '%') {
            if (at + 2 >= input.size()) return std::unexpected(PathError::bad_escape);
            const int high = hex_digit(input[at + 1]);
            const int low = hex_digit(input[at + 2]);
            if (high < 0 || low < 0) return std::unexpected(PathError::bad_escape);
            byte = static_cast<char>(high * 16 + low);
            at += 2;
            if (byte == '/') return std::unexpected(PathError::encoded_slash);
        }
        if (byte == '\0') return std::unexpected(PathError::nul);
        if (!open) {
            if (!text.empty()) text += '/';
            open = true;
        }
        text += byte;
    }
    if (has_reserved_name(text)) return std::unexpected(PathError::reserved);
    return text;
}

}  // namespace

namespace {

/// The offset of the error in the path as written; npos when the error has no single place.
std::size_t position_of(PathError error, std::string_view path) {
    for (auto at = path.find('%'); at != path.npos; at = path.find('%', at + 1)) {
        const auto digits = path.substr(at + 1, 2);
        const bool escape = digits.size() == 2 && hex_digit(digits[0]) >= 0 && hex_digit(digits[1]) >= 0;
        const bool slash = digits == "2F" || digits == "2f";
        if ((error == PathError::bad_escape && !escape) || (error == PathError::encoded_slash && slash) ||
            (error == PathError::nul && digits == "00"))
            return at;
    }
    return path.npos;
}

}  // namespace

std::string_view explain(PathError error) {
    switch (error) {
        case PathError::not_absolute:
            return "The path does not begin with a slash.";
        case PathError::bad_escape:
            return "The path has a '%' that is not followed by two hex digits.";
        case PathError::encoded_slash:
            return "The path has an encoded slash (%2F) inside a name; a proxy may have re-encoded it.";
        case PathError::nul:
            return "The path has a zero byte.";
        case PathError::climbs:
            return "The path climbs above the root with \"..\".";
        case PathError::reserved:
            return "The server owns the name \".davit\", names that begin with \".davit-\", and the short forms of "
                   "both "
                   "(\"DAVIT~1\").";
        case PathError::too_long:
            return "The path is too long: a name may have 255 bytes, a path 4096.";
    }
    return "The path is not valid.";
}

std::string explain(PathError error, std::string_view path) {
    std::string sentence(explain(error));
    const auto at = position_of(error, path);
    if (at == path.npos) return sentence;
    sentence.pop_back();
    return sentence + " (at position " + std::to_string(at + 1) + " of the path).";
}

bool ResourcePath::is_reserved(std::string_view segment) {
    // The first byte decides about nearly all names.
    if (segment.empty()) return false;
    if (segment.front() == 'd' || segment.front() == 'D') return is_short_form(segment);
    if (segment.front() != '.' && static_cast<unsigned char>(segment.front()) < 0x80) return false;
    auto wanted = reserved_name;
    while (!segment.empty()) {
        const auto code = take_code_point(segment);
        if (is_ignorable(code)) continue;
        if (wanted.empty()) {
            if (code == '-') return true;
            if (code != '.' && code != ' ') return false;
            continue;
        }
        const auto folded = code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
        if (folded != static_cast<unsigned char>(wanted.front())) return false;
        wanted.remove_prefix(1);
    }
    return wanted.empty();
}

std::expected<ResourcePath, PathError> ResourcePath::parse(std::string_view encoded) {
    if (!encoded.starts_with('/')) return std::unexpected(PathError::not_absolute);
    auto text = normalise<true>(encoded);
    if (!text) return std::unexpected(text.error());
    return ResourcePath(std::move(*text));
}

std::expected<ResourcePath, PathError> ResourcePath::from_decoded(std::string_view decoded) {
    auto text = normalise<false>(decoded);
    if (!text) return std::unexpected(text.error());
    return ResourcePath(std::move(*text));
}

std::string_view ResourcePath::name() const {
    const auto slash = text_.rfind('/');
    return std::string_view(text_).substr(slash == std::string::npos ? 0 : slash + 1);
}

ResourcePath ResourcePath::parent() const {
    const auto slash = text_.rfind('/');
    return ResourcePath(slash == std::string::npos ? std::string() : text_.substr(0, slash));
}

ResourcePath ResourcePath::child(std::string_view name) const {
    std::string text;
    text.reserve(text_.size() + 1 + name.size());
    text = text_;
    if (!text.empty()) text += '/';
    text += name;
    return ResourcePath(std::move(text));
}

bool ResourcePath::contains(const ResourcePath& other) const {
    if (text_.empty()) return true;
    return other.text_.starts_with(text_) && (other.text_.size() == text_.size() || other.text_[text_.size()] == '/');
}

bool ResourcePath::is_parent_of(const ResourcePath& other) const {
    return !other.is_root() && contains(other) && other.parent() == *this;
}

std::size_t ResourcePath::depth() const {
    if (text_.empty()) return 0;
    std::size_t segments = 1;
    for (const char c : text_) segments += c == '/' ? 1 : 0;
    return segments;
}

bool ResourcePath::fits() const {
    if (text_.size() <= max_name) return true;
    if (text_.size() > max_path) return false;
    for (std::size_t at = 0; at < text_.size();) {
        const auto end = std::min(text_.find('/', at), text_.size());
        if (end - at > max_name) return false;
        at = end + 1;
    }
    return true;
}

void append_encoded_segment(std::string& out, std::string_view segment) {
    static constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain[byte]) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15U];
        }
    }
}

void append_encoded_segments(std::string& out, std::string_view path) {
    for (std::size_t at = 0; at < path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        out += '/';
        append_encoded_segment(out, path.substr(at, end - at));
        at = end + 1;
    }
}

void ResourcePath::append_href(std::string& out, bool collection) const {
    append_encoded_segments(out, text_);
    if (collection || text_.empty()) out += '/';
}

std::string ResourcePath::href(bool collection) const {
    std::string out;
    append_href(out, collection);
    return out;
}

}  // namespace davit
