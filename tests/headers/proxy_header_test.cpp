#include "davit/headers/proxy_header.hpp"

#include <gtest/gtest.h>

namespace davit::headers {
namespace {

using namespace std::string_literals;

std::string block(char command, char family, const std::string& rest) {
    return "\r\n\r\n\0\r\nQUIT\n"s + command + family + static_cast<char>(rest.size() >> 8U) +
           static_cast<char>(rest.size() & 0xffU) + rest;
}

TEST(ProxyHeader, ReadsVersion1AndRefusesMalformedLines) {
    EXPECT_EQ(parse_proxy_line("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443"), ProxiedClient{"192.0.2.1"});
    EXPECT_EQ(parse_proxy_line("PROXY TCP6 2001:db8::1 2001:db8::2 1 2"), ProxiedClient{"2001:db8::1"});
    EXPECT_TRUE(parse_proxy_line("PROXY TCP4 192.0.2.1 198.51.100.1 0 0"));
    EXPECT_EQ(parse_proxy_line("PROXY UNKNOWN"), ProxiedClient{});
    EXPECT_EQ(parse_proxy_line("PROXY UNKNOWN ffff::1 ffff::2 1 2"), ProxiedClient{});
    for (const auto* line :
         {"", "PROXY", "PROXY TCP4", "PROXY TCP5 192.0.2.1 192.0.2.2 1 2", "PROXY TCP4 192.0.2.1 192.0.2.2 1",
          "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536", "PROXY TCP4 192.0.2.1 192.0.2.2 01 2",
          "PROXY TCP4 192.0.2.1 192.0.2.2 1 00", "PROXY TCP4 192.0.02.1 192.0.2.2 1 2",
          "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3", "proxy TCP4 192.0.2.1 192.0.2.2 1 2",
          "PROXY TCP4 2001:db8::1 192.0.2.2 1 2", "PROXY TCP4  192.0.2.1 192.0.2.2 1 2", "GET / HTTP/1.1"})
        EXPECT_FALSE(parse_proxy_line(line)) << line;
}

TEST(ProxyHeader, ReadsVersion2AndRefusesMalformedBlocks) {
    const auto four = "\xc0\x00\x02\x01\xc6\x33\x64\x01\x12\x34\x01\xbb"s;
    const auto six = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s + std::string(20, 'x');
    EXPECT_EQ(parse_proxy_block(block(0x21, 0x11, four)), ProxiedClient{"192.0.2.1"});
    EXPECT_EQ(parse_proxy_block(block(0x21, 0x11, four + "\x04\x00\x01x"s)), ProxiedClient{"192.0.2.1"});
    EXPECT_EQ(parse_proxy_block(block(0x21, 0x21, six)), ProxiedClient{"2001:db8::1"});
    const ProxiedClient itself{"", false};
    EXPECT_EQ(parse_proxy_block(block(0x20, 0x11, four)), itself);
    EXPECT_EQ(parse_proxy_block(block(0x20, 0x00, "")), itself);
    EXPECT_EQ(parse_proxy_block(block(0x21, 0x00, "")), ProxiedClient{});
    EXPECT_EQ(parse_proxy_block(block(0x21, 0x31, std::string(216, 'a'))), ProxiedClient{});
    EXPECT_FALSE(parse_proxy_block(block(0x21, 0x11, four.substr(1))));
    EXPECT_FALSE(parse_proxy_block(block(0x21, 0x12, four)));
    EXPECT_FALSE(parse_proxy_block(block(0x11, 0x11, four)));
    EXPECT_FALSE(parse_proxy_block(block(0x22, 0x11, four)));
    EXPECT_FALSE(parse_proxy_block(block(0x21, 0x11, four).substr(0, 20)));
    EXPECT_FALSE(parse_proxy_block(""));
}

}  // namespace
}  // namespace davit::headers
