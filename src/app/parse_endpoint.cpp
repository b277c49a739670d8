// Parses listening addresses.
#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "davit/app/configuration.hpp"
#include "davit/headers/scanner.hpp"
#include "davit/http/control_client.hpp"

namespace davit::app {
namespace {

std::unexpected<std::string> not_an_endpoint(const std::string& why) {
    return std::unexpected(
        why +
        "; expected ADDRESS:PORT with a numeric address or localhost, [IPv6]:PORT, :PORT for all addresses, or "
        "unix:/absolute/path");
}

bool is_v4(const std::string& text) {
    in_addr v4{};
    return ::inet_pton(AF_INET, text.c_str(), &v4) == 1;
}

/// True for an IPv6 address, also with the interface of a link-local one: "fe80::1%eth0".
bool is_v6(const std::string& text) {
    in6_addr v6{};
    const auto zone = text.find('%');
    return zone + 1 != text.size() && ::inet_pton(AF_INET6, text.substr(0, zone).c_str(), &v6) == 1;
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool is_port = error == std::errc() && end == digits.data() + digits.size();
    return is_port ? std::optional(port) : std::nullopt;
}

std::expected<http::Endpoint, std::string> unix_endpoint(std::string_view path) {
    if (!path.starts_with('/')) return not_an_endpoint("the path of a unix socket begins with a slash");
    if (path.size() > http::longest_socket_path)
        return not_an_endpoint("the path of a unix socket has at most " + std::to_string(http::longest_socket_path) +
                               " bytes, and this one has " + std::to_string(path.size()));
    return http::UnixEndpoint{std::string(path)};
}

/// "::1:8080" is a valid IPv6 address, but more often means one with a port.
std::string bracketed_form(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto address = text.substr(0, colon);
    return is_v6(address) ? "[" + address + "]" + text.substr(colon) : "[" + text + "]:8080";
}

/// Every interface has such an address, so it needs a zone.
bool lacks_zone(const std::string& text) {
    in6_addr v6{};
    return !text.contains('%') && ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LINKLOCAL(&v6);
}

std::string no_zone(const std::string& address) {
    return address +
           " is a link-local address, which each interface of this machine may have: name the interface, as in [" +
           address + "%eth0]:8080";
}

std::string no_port(const std::string& text) {
    if (text.starts_with('[') && lacks_zone(text.substr(1, text.size() - 2)))
        return no_zone(text.substr(1, text.size() - 2));
    if (port_of(text))
        return "a port alone: say 127.0.0.1:" + text + " for this machine, :" + text + " for all addresses";
    return "the port is missing: say " + text + ":8080";
}

/// Says why the zone of an address names no interface; "" when it does, or when there is none.
std::string no_interface(const std::string& address) {
    const auto zone = address.find('%');
    if (zone == address.npos) return {};
    const auto name = address.substr(zone + 1);
    const bool number = name.find_first_not_of("0123456789") == name.npos;
    if (number || ::if_nametoindex(name.c_str()) != 0) return {};
    return "this machine has no interface " + name;
}

using Found = std::expected<std::string, std::string>;

Found address_of(const std::string& host) {
    if (host.empty() || host == "*") return std::string();
    if (headers::iequals(host, "localhost")) return "127.0.0.1";
    if (is_v4(host)) return host;
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    auto inner = bracketed ? host.substr(1, host.size() - 2) : host;
    if (bracketed && lacks_zone(inner)) return std::unexpected(no_zone(inner));
    if (bracketed && is_v6(inner))
        return no_interface(inner).empty() ? Found(inner) : std::unexpected(no_interface(inner));
    return std::unexpected(inner + " is no " + (bracketed ? "IPv6 address" : "numeric address"));
}

}  // namespace

std::expected<http::Endpoint, std::string> parse_endpoint(std::string_view given) {
    constexpr std::string_view unix_prefix = "unix:";
    const std::string text(given);
    if (text.starts_with(unix_prefix)) return unix_endpoint(given.substr(unix_prefix.size()));
    if (text.starts_with('/')) return not_an_endpoint("a unix socket is written unix:" + text);
    if (text.find("://") != text.npos) return not_an_endpoint("this is a URL");
    const auto colon = text.rfind(':');
    if (text.empty() || colon == text.npos || text.ends_with(']'))
        return not_an_endpoint(text.empty() ? "nothing is named" : no_port(text));
    if (!text.starts_with('[') && std::ranges::count(text, ':') > 1)
        return not_an_endpoint("an IPv6 address has brackets: " + bracketed_form(text));
    const auto bracket = text.starts_with('[') ? text.find(']') : text.npos;
    if (bracket != text.npos && bracket + 1 < text.size() && text[bracket + 1] != ':')
        return not_an_endpoint("a colon is missing before the port: say " + text.substr(0, bracket + 1) + ":" +
                               text.substr(bracket + 1));
    const auto address = address_of(text.substr(0, colon));
    if (!address) return not_an_endpoint(address.error());
    const auto digits = text.substr(colon + 1);
    const auto port = port_of(digits);
    if (!port) return not_an_endpoint(digits.empty() ? "the port is missing" : digits + " is no port from 0 to 65535");
    return http::TcpEndpoint{*address, *port};
}

}  // namespace davit::app
