#include <algorithm>

#include "davit/headers/forwarded.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

constexpr std::size_t longest_prefix = 256;
constexpr std::size_t longest_authority = 255;

bool only(std::string_view text, std::string_view others) {
    return std::ranges::all_of(text, [&](char c) {
        const char l = lower(c);
        return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || others.contains(c);
    });
}

/// It is written into answers as it stands: nothing that XML, HTML or a header field would have to escape.
bool is_prefix(std::string_view text) {
    return text.starts_with('/') && text.size() <= longest_prefix && only(text, "/-._~%+@:=,!$*()") &&
           !text.contains("//") && !text.contains("/.");
}

}  // namespace

std::vector<std::string> parse_x_forwarded_for(std::string_view text) {
    std::vector<std::string> clients;
    while (!text.empty()) clients.push_back(parse_node(next_element(text)).value_or(""));
    return clients;
}

bool is_authority(std::string_view text) {
    return !text.empty() && text.size() <= longest_authority && only(text, "-._~:[]%");
}

std::string parse_x_forwarded_host(std::string_view text) {
    const auto first = next_element(text);
    return is_authority(first) ? std::string(first) : std::string();
}

std::string parse_x_forwarded_prefix(std::string_view text) {
    std::string prefix;
    while (!text.empty()) {
        auto part = next_element(text);
        while (part.ends_with('/')) part.remove_suffix(1);
        if (!part.empty() && !is_prefix(part)) return {};
        prefix += part;
    }
    return prefix.size() <= longest_prefix ? prefix : std::string();
}

}  // namespace davit::headers
