#pragma once
// Host names of requests: which names a foreign web page cannot have, and which names are equal.
#include <cstdint>
#include <optional>
#include <string_view>

namespace davit::headers {

/// "dav.example.com:8443" or "[::1]:80" in parts. `host` keeps its brackets and loses a trailing dot.
struct Authority {
    std::string_view host;
    std::optional<std::uint16_t> port;  ///< nothing: the scheme's default
    bool absolute = false;              ///< the host was written with a trailing dot
};

/// Returns nothing when the text has user information or an invalid port.
std::optional<Authority> split_authority(std::string_view text);

/// True for an IP address, "localhost", a name below "localhost", or a name without a dot. The owner of a public domain
/// cannot serve a page under such a name, so DNS rebinding did not lead the browser here.
bool is_unrebindable(const Authority& authority);

/// Compares hosts without case and trailing dots. Ignores ports.
bool same_host(const Authority& a, const Authority& b);

/// An origin as browsers send it (RFC 6454, 6.2). Parsing returns nothing for "null" and for schemes other than http
/// and https.
struct WebOrigin {
    Authority authority;
    bool secure = false;
    std::uint16_t default_port() const { return secure ? 443 : 80; }
};
std::optional<WebOrigin> parse_web_origin(std::string_view text);

/// True when the origin is the server that a client addresses as `authority`. `secure`: the client used https. If it is
/// unknown, the origin's own scheme counts.
bool is_origin_of(const WebOrigin& origin, const Authority& authority, std::optional<bool> secure);

}  // namespace davit::headers
