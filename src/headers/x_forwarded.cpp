#include <algorithm>
#include <utility>

#include "davit/core/network.hpp"
#include "davit/core/printable.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/headers/authority.hpp"
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

/// Up to the next comma that separates elements. A prefix may contain a comma, but every prefix begins with a slash.
std::string_view next_prefix(std::string_view& text) {
    for (auto comma = text.find(','); comma != text.npos; comma = text.find(',', comma + 1)) {
        const auto rest = trim(text.substr(comma + 1));
        if (!rest.empty() && rest.front() != '/' && rest.front() != ',') continue;
        const auto element = trim(text.substr(0, comma));
        text = rest;
        return element;
    }
    return trim(std::exchange(text, {}));
}

}  // namespace

/// RFC 3986, 3.3.
bool is_path_prefix(std::string_view text) {
    if (!text.starts_with('/') || text.ends_with('/') || text.size() > longest_prefix) return false;
    if (!only(text, "/-._~!$&'()*+,;=:@%") || text.contains("//") || text.contains("/.")) return false;
    const auto path = ResourcePath::parse(text);
    return path && path->depth() == static_cast<std::size_t>(std::ranges::count(text, '/'));
}

std::vector<std::string> parse_x_forwarded_for(std::string_view text) {
    std::vector<std::string> clients;
    while (!text.empty()) clients.push_back(parse_node(next_element(text)).value_or(""));
    return clients;
}

namespace {

/// "v1.x": an address format that does not exist yet (RFC 3986, 3.2.2).
bool is_future_address(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size() || (text[0] != 'v' && text[0] != 'V'))
        return false;
    return text.substr(1, dot - 1).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// The text in brackets. A zone may follow an address (RFC 6874). Only the client knows which zones exist.
bool is_ip_literal(std::string_view text) {
    if (!text.contains(':')) return is_future_address(text);
    return IpAddress::parse(text.substr(0, text.find('%'))).has_value();
}

}  // namespace

/// RFC 3986, 3.2.2 and 3.2.3, without userinfo and without the delimiters that no host contains.
bool is_authority(std::string_view text) {
    if (text.empty() || text.size() > longest_authority) return false;
    const bool literal = text.starts_with('[');
    const auto end = literal ? text.find(']') : text.find(':');
    if (literal && end == std::string_view::npos) return false;
    const auto host = literal ? text.substr(1, end - 1) : text.substr(0, end);
    const auto port = literal ? text.substr(end + 1) : text.substr(host.size());
    if (host.empty() || !only(host, literal ? ":.%" : "-._~%")) return false;
    if (literal && !is_ip_literal(host)) return false;
    return (port.empty() || port.starts_with(':')) && split_authority(text).has_value();
}

std::string wrong_authority(std::string_view text) {
    constexpr std::size_t most_shown = 200;
    if (text.contains('@')) return "has a user's name, and only a host and a port are expected";
    if (text.empty()) return "is empty, and a host is expected";
    if (text.size() > longest_authority) return "is longer than " + std::to_string(longest_authority) + " bytes";
    const auto no_host = "\"" + printable(text.substr(0, most_shown)) + "\" names no host: ";
    const bool literal = text.starts_with('[');
    const auto end = literal ? text.find(']') : text.find(':');
    if (literal && end == text.npos) return no_host + "the bracket at its beginning is not closed";
    const auto host = text.substr(0, literal ? end + 1 : end);
    if (host.empty()) return no_host + "it begins with the colon of a port";
    const auto wrong = std::ranges::find_if_not(host, [](char c) { return only({&c, 1}, "[]:-._~%"); });
    if (wrong != host.end())
        return no_host + "it has " + describe_character(*wrong) + " at position " +
               std::to_string(wrong - host.begin() + 1);
    const auto port = text.substr(host.size());
    if (!port.empty() && !split_authority(text))
        return no_host + "its port, \"" + printable(port.substr(1, most_shown)) + "\", is no number from 0 to 65535";
    return no_host +
           (literal ? "there is no IPv6 address between its brackets" : "it holds brackets or a second colon");
}

std::string parse_x_forwarded_host(std::string_view text) {
    const auto first = next_element(text);
    return is_authority(first) ? std::string(first) : std::string();
}

std::string parse_x_forwarded_prefix(std::string_view text) {
    std::string prefix;
    while (!text.empty()) {
        auto part = next_prefix(text);
        while (part.ends_with('/')) part.remove_suffix(1);
        if (!part.empty() && !is_path_prefix(part)) return {};
        prefix += part;
    }
    return prefix.size() <= longest_prefix ? prefix : std::string();
}

}  // namespace davit::headers
