#pragma once
// What proxies say about whom they forward for.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit::headers {

/// One proxy's account of the request it received. "" for what it does not tell.
struct ForwardedHop {
    std::string client;  ///< canonical address without port, or as hidden as it was sent: "unknown", "_secret"
    std::string host;    ///< the Host field it saw, "dav.example.com:8443"
    std::string proto;   ///< in lower case: "https"
};

// forwarded.cpp: RFC 7239, the client's own proxy first. Nothing when any of it is malformed: half an account is none.
// At most 64 hops.
std::optional<std::vector<ForwardedHop>> parse_forwarded(std::string_view text);
/// RFC 7239, 6, also without quotes and brackets as X-Forwarded-For and X-Real-IP have it: "192.0.2.1:4711",
/// "[2001:db8::1]:80", "2001:db8::1", "unknown", "_secret". As in ForwardedHop::client; nothing when malformed.
std::optional<std::string> parse_node(std::string_view text);

// x_forwarded.cpp: the fields nobody has specified, as proxies send them.
/// X-Forwarded-For, the client first. A malformed element is "": who stands before it is not to be believed.
std::vector<std::string> parse_x_forwarded_for(std::string_view text);
/// X-Forwarded-Host or a host of Forwarded: the first of the list, when it can be a Host field's value; otherwise "".
std::string parse_x_forwarded_host(std::string_view text);
/// X-Forwarded-Prefix: "/dav" without a slash at its end; several in a list stand before one another. "" when there is
/// none or when it could not stand in an href as it is.
std::string parse_x_forwarded_prefix(std::string_view text);
/// "/dav": can stand before every path of a URL as it is. No slash at the end, no empty segment, none that begins with
/// a dot.
bool is_path_prefix(std::string_view text);
/// Letters, digits and what else stands in a Host field: "dav.example.com:8443", "[2001:db8::1]".
bool is_authority(std::string_view text);
/// What is wrong with one that is none, to follow its name: "\"a b\" names no host: it has a blank at position 2". A
/// user's name and password are not shown.
std::string wrong_authority(std::string_view text);

}  // namespace davit::headers
