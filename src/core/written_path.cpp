#include "davit/core/written_path.hpp"

#include <algorithm>

#include "davit/core/resource_path.hpp"

namespace davit {
namespace {

/// RFC 3986, 3.3: pchar, and '%', which begins an escape.
constexpr bool may_stand_in_path(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && std::string_view("-._~!$&'()*+,;=:@%").contains(c));
}

/// 1 for ".", 2 for "..", percent-encoded or not; 0 for a name.
int dots(std::string_view segment) {
    int count = 0;
    while (!segment.empty()) {
        const bool encoded = segment.starts_with("%2e") || segment.starts_with("%2E");
        if (!encoded && segment.front() != '.') return 0;
        segment.remove_prefix(encoded ? 3 : 1);
        if (++count > 2) return 0;
    }
    return count;
}

void append_segment(std::string& text, std::string_view segment) {
    text += '/';
    for (const char c : segment) {
        if (may_stand_in_path(c))
            text += c;
        else
            append_encoded_segment(text, std::string_view(&c, 1));
    }
}

/// Removes the last name of `text` and the empty segments after it.
void drop_last_name(std::string& text) {
    while (text.ends_with('/')) text.pop_back();
    text.resize(text.empty() ? 0 : text.rfind('/'));
}

}  // namespace

WrittenPath::WrittenPath(std::string_view encoded) {
    text_.reserve(encoded.size() + 16);
    bool ends_in_dots = false;
    while (!encoded.empty()) {
        encoded.remove_prefix(1);  // the slash before the segment
        const auto segment = encoded.substr(0, encoded.find('/'));
        encoded.remove_prefix(segment.size());
        const int count = dots(segment);
        ends_in_dots = count > 0;
        if (count == 2) drop_last_name(text_);
        if (count > 0 || (segment.empty() && text_.empty())) continue;
        append_segment(text_, segment);
    }
    if (text_.empty() || ends_in_dots) text_ += '/';
}

bool WrittenPath::names_collection(std::string_view encoded) {
    const auto last = encoded.substr(encoded.rfind('/') + 1);
    return last.empty() || dots(last) > 0;
}

std::size_t WrittenPath::depth() const {
    std::size_t names = 0;
    for (std::size_t at = 1; at < text_.size(); ++at) names += text_[at] != '/' && text_[at - 1] == '/' ? 1 : 0;
    return names;
}

std::string_view WrittenPath::first(std::size_t depth) const {
    std::size_t at = 0;
    for (; depth > 0; --depth) {
        at = text_.find_first_not_of('/', at);
        if (at == std::string::npos) return text_;
        at = std::min(text_.find('/', at), text_.size());
    }
    return std::string_view(text_).substr(0, at);
}

}  // namespace davit
