#pragma once
// A cursor in the text of one header field.
#include <cstddef>
#include <string_view>

namespace davit::headers {

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t';
}
constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool iequals(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

class Scanner {
public:
    explicit constexpr Scanner(std::string_view text) : text_(text) {}
    constexpr bool done() const { return at_ == text_.size(); }
    constexpr std::size_t at() const { return at_; }
    constexpr char peek() const { return done() ? '\0' : text_[at_]; }
    constexpr void skip_space() {
        while (!done() && is_space(text_[at_])) ++at_;
    }
    constexpr bool accept(char c) {
        if (done() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    /// Consumes `word` at the cursor, case-insensitively.
    constexpr bool accept_word(std::string_view word) {
        if (!iequals(text_.substr(at_, word.size()), word)) return false;
        at_ += word.size();
        return true;
    }
    /// Takes the text before the next `stop` and consumes `stop`. Returns false when there is none.
    constexpr bool until(char stop, std::string_view& taken) {
        const auto end = text_.find(stop, at_);
        if (end == std::string_view::npos) return false;
        taken = text_.substr(at_, end - at_);
        at_ = end + 1;
        return true;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Removes the next element from a comma-separated `list` and returns it (RFC 9110, 5.6.1). Does not interpret quotes.
constexpr std::string_view next_element(std::string_view& list) {
    const auto comma = list.find(',');
    const auto element = trim(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    return element;
}

}  // namespace davit::headers
