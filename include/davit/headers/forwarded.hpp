#pragma once
// The header fields in which proxies describe the client they forward for.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit::headers {

/// What one proxy says of the request that it received. "" for what it omits.
struct ForwardedHop {
    std::string client;  ///< canonical address without port, or a hidden name as sent: "unknown", "_secret"
    std::string host;    ///< the Host field it saw, "dav.example.com:8443"
    std::string proto;   ///< in lower case: "https"
};

// forwarded.cpp: RFC 7239, the client's own proxy first, at most 64 hops. Returns nothing when any part is malformed:
// the server does not trust a field of which it understands only a part.
std::optional<std::vector<ForwardedHop>> parse_forwarded(std::string_view text);
/// Reads a node of RFC 7239, 6, also without quotes and brackets as X-Forwarded-For and X-Real-IP have it:
/// "192.0.2.1:4711", "[2001:db8::1]:80", "2001:db8::1", "unknown", "_secret". The result is as in ForwardedHop::client;
/// nothing when malformed.
std::optional<std::string> parse_node(std::string_view text);

// x_forwarded.cpp: the fields that no specification defines, as proxies send them.
/// X-Forwarded-For, the client first. A malformed element becomes "": the server must not trust the elements before it.
std::vector<std::string> parse_x_forwarded_for(std::string_view text);
/// X-Forwarded-Host, or a host of Forwarded: the first of the list if it is a valid Host value; otherwise "".
std::string parse_x_forwarded_host(std::string_view text);
/// X-Forwarded-Prefix: "/dav" without a trailing slash. Joins the elements of a list in their order. "" when the field
/// is missing or the result would be invalid in an href.
std::string parse_x_forwarded_prefix(std::string_view text);
/// True when the text is a valid prefix for every URL path, like "/dav": no trailing slash, no empty segment, no
/// segment that begins with a dot.
bool is_path_prefix(std::string_view text);
/// True when the text consists of characters that a Host field may have: "dav.example.com:8443", "[2001:db8::1]".
bool is_authority(std::string_view text);
/// Describes what is wrong with an invalid authority, to follow its name: "\"a b\" names no host: it has a blank at
/// position 2". Hides a user name and a password.
std::string wrong_authority(std::string_view text);

}  // namespace davit::headers
