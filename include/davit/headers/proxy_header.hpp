#pragma once
// The header of the PROXY protocol, version 1 (a line) and 2 (a block), as HAProxy specifies it.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace davit::headers {

constexpr std::size_t proxy_start = 12;            ///< the bytes that identify the version; no header is shorter
constexpr std::size_t longest_proxy_line = 107;    ///< with its CRLF
constexpr std::size_t proxy_block_head = 16;       ///< of version 2, up to and with the length of the rest
constexpr std::size_t longest_proxy_block = 4096;  ///< of the rest: addresses and the extensions of proxies

/// True when the first `proxy_start` bytes are those of version 2.
bool is_proxy_block(std::string_view start);
/// The number of bytes that follow the first `proxy_block_head` ones.
std::size_t proxy_block_rest(std::string_view head);

/// The client of a proxied connection.
struct ProxiedClient {
    std::string address;  ///< in canonical form; "": use the connection's own address
    bool relayed = true;  ///< false: the proxy itself sends the request, such as a health check (LOCAL)
    bool operator==(const ProxiedClient&) const = default;
};

/// Returns a client without an address for LOCAL, and for a relayed client that the proxy does not name (UNKNOWN,
/// UNSPEC, a unix socket). Returns nothing when the header is malformed. The line comes without CRLF, the block
/// complete.
std::optional<ProxiedClient> parse_proxy_line(std::string_view line);
std::optional<ProxiedClient> parse_proxy_block(std::string_view block);

}  // namespace davit::headers
