#include "davit/headers/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "davit/core/network.hpp"

namespace davit::headers {
namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", proxy_start);

/// Removes the word before the next blank, and the blank.
std::string_view word(std::string_view& text) {
    const auto blank = text.find(' ');
    const auto found = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    return found;
}

/// Digits without leading zeros.
bool is_port_number(std::string_view text) {
    if (text.size() > 1 && text.starts_with('0')) return false;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size();
}

template <std::size_t count>
std::array<std::uint8_t, count> bytes_of(std::string_view text) {
    std::array<std::uint8_t, count> bytes;
    std::ranges::transform(text.substr(0, count), bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return bytes;
}

}  // namespace

bool is_proxy_block(std::string_view start) {
    return start == signature;
}

std::size_t proxy_block_rest(std::string_view head) {
    return static_cast<std::size_t>(static_cast<unsigned char>(head[14])) << 8U | static_cast<unsigned char>(head[15]);
}

std::optional<ProxiedClient> parse_proxy_line(std::string_view line) {
    if (word(line) != "PROXY") return std::nullopt;
    const auto family = word(line);
    if (family == "UNKNOWN") return ProxiedClient{};
    if (family != "TCP4" && family != "TCP6") return std::nullopt;
    const auto client = IpAddress::parse(word(line));
    const auto server = IpAddress::parse(word(line));
    const auto from = word(line);
    const auto to = word(line);
    const bool sound = client && server && is_port_number(from) && is_port_number(to) && line.empty();
    if (!sound || (family == "TCP4" && !client->is_v4())) return std::nullopt;
    return ProxiedClient{client->str()};
}

std::optional<ProxiedClient> parse_proxy_block(std::string_view block) {
    constexpr unsigned char local = 0x20, proxied = 0x21;
    constexpr unsigned char unspecified = 0x00, tcp4 = 0x11, tcp6 = 0x21, unix_stream = 0x31;
    if (block.size() < proxy_block_head || !is_proxy_block(block.substr(0, proxy_start)) ||
        block.size() != proxy_block_head + proxy_block_rest(block))
        return std::nullopt;
    const auto command = static_cast<unsigned char>(block[12]);
    const auto family = static_cast<unsigned char>(block[13]);
    const auto rest = block.substr(proxy_block_head);
    if (command == local) return ProxiedClient{"", false};
    if (command != proxied) return std::nullopt;
    if (family == unspecified || family == unix_stream) return ProxiedClient{};
    // The addresses of client and server, then both ports, then fields that this server does not use.
    if (family == tcp4 && rest.size() >= 12) return ProxiedClient{IpAddress::v4(bytes_of<4>(rest)).str()};
    if (family == tcp6 && rest.size() >= 36) return ProxiedClient{IpAddress::v6(bytes_of<16>(rest)).str()};
    return std::nullopt;
}

}  // namespace davit::headers
