#pragma once
// The PROXY protocol's header, versions 1 (a line) and 2 (a block), as HAProxy's specification has them.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace davit::headers {

constexpr std::size_t proxy_start = 12;            ///< bytes that tell the versions apart; no header is shorter
constexpr std::size_t longest_proxy_line = 107;    ///< with its CRLF
constexpr std::size_t proxy_block_head = 16;       ///< of version 2, up to the length of the rest
constexpr std::size_t longest_proxy_block = 4096;  ///< of the rest; addresses and what proxies add to them

/// Whether the first `proxy_start` bytes are version 2's.
bool is_proxy_block(std::string_view start);
/// How many bytes follow the first `proxy_block_head` ones.
std::size_t proxy_block_rest(std::string_view head);

/// Who is at the other end.
struct ProxiedClient {
    std::string address;  ///< in its canonical spelling; "": the connection's own is to be used
    bool relayed = true;  ///< false: the proxy itself asks, as for its health check (LOCAL)
    bool operator==(const ProxiedClient&) const = default;
};

/// Without an address: LOCAL, and what is relayed for a client that is not told (UNKNOWN, UNSPEC, a unix socket).
/// Nothing when it is malformed. The line is without CRLF, the block whole.
std::optional<ProxiedClient> parse_proxy_line(std::string_view line);
std::optional<ProxiedClient> parse_proxy_block(std::string_view block);

}  // namespace davit::headers
