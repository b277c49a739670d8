#include "error_page.hpp"

#include <algorithm>
#include <charconv>

namespace davit::app {
namespace {

constexpr std::string_view space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(space);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The position of `tag`, given in lower case, in HTML, whose tags ignore case.
std::size_t find_tag(std::string_view html, std::string_view tag) {
    const auto found = std::ranges::search(html, tag, {}, [](char c) { return lower(c); });
    return found.empty() ? html.npos : static_cast<std::size_t>(found.begin() - html.begin());
}

std::string_view title_of(std::string_view html) {
    constexpr std::string_view opening = "<title>";
    const auto begin = find_tag(html, opening);
    if (begin == html.npos || find_tag(html, "<html") == html.npos) return {};
    html.remove_prefix(begin + opening.size());
    return trimmed(html.substr(0, find_tag(html, "</title>")));
}

}  // namespace

std::optional<xml::FailureEntry> error_page(std::string_view body) {
    xml::FailureEntry entry;
    body = trimmed(body);
    if (const auto status = error_of_reason(body)) {
        entry.status = number(*status);
        entry.sentence = body;
        return entry;
    }
    const auto title = title_of(body);
    const auto [rest, error] = std::from_chars(title.data(), title.data() + title.size(), entry.status);
    if (error != std::errc() || entry.status < 400 || entry.status > 599) return std::nullopt;
    entry.sentence = trimmed({rest, title.data() + title.size()});
    return entry;
}

}  // namespace davit::app
