#include "davit/headers/authority.hpp"

#include <charconv>

#include "davit/core/network.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

/// An address in brackets, without a zone (RFC 6874).
bool is_ipv6_literal(std::string_view host) {
    if (!host.starts_with('[') || !host.ends_with(']')) return false;
    auto inner = host.substr(1, host.size() - 2);
    inner = inner.substr(0, inner.find('%'));
    return inner.contains(':') && IpAddress::parse(inner).has_value();
}

bool ends_with_word(std::string_view text, std::string_view end) {
    return text.size() > end.size() && iequals(text.substr(text.size() - end.size()), end);
}

bool is_localhost(std::string_view host) {
    return iequals(host, "localhost") || ends_with_word(host, ".localhost");
}

/// No dot, either literal or percent-encoded, which a browser would decode.
bool is_single_label(const Authority& authority) {
    // "com." is a name of the public DNS, and its owner may serve pages.
    return !authority.host.empty() && !authority.absolute &&
           authority.host.find_first_of(".%[]") == std::string_view::npos;
}

}  // namespace

std::optional<Authority> split_authority(std::string_view text) {
    if (text.contains('@')) return std::nullopt;
    Authority authority;
    const auto end_of_literal = text.starts_with('[') ? text.find(']') : 0;
    if (end_of_literal == std::string_view::npos) return std::nullopt;
    const auto colon = text.find(':', end_of_literal);
    authority.host = text.substr(0, colon);
    if (colon != std::string_view::npos && colon + 1 < text.size()) {
        const auto digits = text.substr(colon + 1);
        std::uint16_t port = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
        authority.port = port;
    }
    if (authority.host.size() > 1 && authority.host.ends_with('.')) {
        authority.host.remove_suffix(1);
        authority.absolute = true;
    }
    return authority;
}

bool is_unrebindable(const Authority& authority) {
    const auto host = authority.host;
    if (host.starts_with('[')) return is_ipv6_literal(host);
    const auto address = IpAddress::parse(host);
    return (address && address->is_v4()) || is_localhost(host) || is_single_label(authority);
}

bool same_host(const Authority& a, const Authority& b) {
    if (iequals(a.host, b.host)) return true;
    if (!a.host.starts_with('[') || !b.host.starts_with('[')) return false;
    const auto inner = [](std::string_view host) { return IpAddress::parse(host.substr(1, host.size() - 2)); };
    const auto one = inner(a.host);
    return one && one == inner(b.host);
}

std::optional<WebOrigin> parse_web_origin(std::string_view text) {
    WebOrigin origin;
    origin.secure = iequals(text.substr(0, 8), "https://");
    if (!origin.secure && !iequals(text.substr(0, 7), "http://")) return std::nullopt;
    text.remove_prefix(origin.secure ? 8 : 7);
    if (text.empty() || text.find_first_of("/?#, \t") != std::string_view::npos) return std::nullopt;
    const auto authority = split_authority(text);
    if (!authority || authority->host.empty()) return std::nullopt;
    origin.authority = *authority;
    return origin;
}

bool is_origin_of(const WebOrigin& origin, const Authority& authority, std::optional<bool> secure) {
    if (!same_host(origin.authority, authority) || secure.value_or(origin.secure) != origin.secure) return false;
    return origin.authority.port.value_or(origin.default_port()) == authority.port.value_or(origin.default_port());
}

}  // namespace davit::headers
