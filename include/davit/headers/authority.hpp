#pragma once
// Host names as requests carry them: which of them a foreign web page cannot have, and which of them are the same.
#include <cstdint>
#include <optional>
#include <string_view>

namespace davit::headers {

/// "dav.example.com:8443" or "[::1]:80" in parts. `host` keeps its brackets and has no trailing dot.
struct Authority {
    std::string_view host;
    std::optional<std::uint16_t> port;  ///< nothing: the scheme's default
    bool absolute = false;              ///< the host was written with a trailing dot
};

/// Nothing when the text has user information or a port that is no port.
std::optional<Authority> split_authority(std::string_view text);

/// An IP address, "localhost", a name below "localhost", or a name without a dot. The owner of a public domain cannot
/// serve a page under such a name, so a browser that sends it was not led here by DNS rebinding.
bool is_unrebindable(const Authority& authority);

/// The same host, in any case, with or without a trailing dot. Ports are not compared.
bool same_host(const Authority& a, const Authority& b);

/// An origin as browsers send it (RFC 6454, 6.2). Nothing for "null" and for schemes other than http and https.
struct WebOrigin {
    Authority authority;
    bool secure = false;
    std::uint16_t default_port() const { return secure ? 443 : 80; }
};
std::optional<WebOrigin> parse_web_origin(std::string_view text);

/// Whether the origin is the server that a client addresses as `authority`. `secure`: the client used https; nothing
/// when that is not known, then the origin's own scheme is taken.
bool is_origin_of(const WebOrigin& origin, const Authority& authority, std::optional<bool> secure);

}  // namespace davit::headers
