#include "davit/core/resource_path.hpp"

#include <algorithm>
#include <array>

namespace davit {
namespace {

/// Bytes that stay as they are in an href: unreserved and most sub-delims of RFC 3986, 2.2 and 2.3. '&' is encoded
/// because hrefs stand in XML and HTML; everything outside ASCII is encoded.
constexpr std::array<bool, 256> make_plain() {
    std::array<bool, 256> plain{};
    for (unsigned c = '0'; c <= '9'; ++c) plain[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c) plain[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c) plain[c] = true;
    for (const char c : {'-', '.', '_', '~', '!', '$', '\'', '(', ')', '*', '+', ',', ';', '=', ':', '@'})
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

/// Drops the last segment of `text`; false when there is none.
bool drop_last(std::string& text) {
    if (text.empty()) return false;
    const auto slash = text.rfind('/');
    text.resize(slash == std::string::npos ? 0 : slash);
    return true;
}

/// Takes the segment that begins at `start` as it stands at the end of `text`: keeps it, drops it, or steps back.
std::expected<void, PathError> close_segment(std::string& text, std::size_t start) {
    const auto first = start == 0 ? 0 : start + 1;  // the '/' in between
    const std::string_view segment = std::string_view(text).substr(std::min(first, text.size()));
    if (segment.empty() || segment == ".") {
        text.resize(start);
    } else if (segment == "..") {
        text.resize(start);
        if (!drop_last(text)) return std::unexpected(PathError::climbs);
    }
    return {};
}

bool is_reserved(std::string_view text) {
    return text.starts_with(ResourcePath::reserved_name) &&
           (text.size() == ResourcePath::reserved_name.size() || text[ResourcePath::reserved_name.size()] == '/');
}

/// The shared part of both parsers: `next` yields decoded bytes and says whether a '/' separates.
template <bool Encoded>
std::expected<std::string, PathError> normalise(std::string_view input) {
    std::string text;
    text.reserve(input.size());
    std::size_t start = 0;
    bool open = false;  // a segment has begun
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
    if (is_reserved(text)) return std::unexpected(PathError::reserved);
    return text;
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
            return "The path names the server's own state.";
    }
    return "The path is not valid.";
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

void ResourcePath::append_href(std::string& out, bool collection) const {
    for (std::size_t at = 0; at < text_.size();) {
        auto end = text_.find('/', at);
        if (end == std::string::npos) end = text_.size();
        out += '/';
        append_encoded_segment(out, std::string_view(text_).substr(at, end - at));
        at = end + 1;
    }
    if (collection || text_.empty()) out += '/';
}

std::string ResourcePath::href(bool collection) const {
    std::string out;
    append_href(out, collection);
    return out;
}

}  // namespace davit
