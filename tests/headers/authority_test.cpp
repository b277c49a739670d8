#include "davit/headers/authority.hpp"

#include <gtest/gtest.h>

namespace davit::headers {
namespace {

TEST(Authority, IsSplitIntoHostAndPort) {
    EXPECT_EQ(split_authority("dav.example.com:8443")->host, "dav.example.com");
    EXPECT_EQ(split_authority("dav.example.com:8443")->port, 8443);
    EXPECT_EQ(split_authority("[::1]:80")->host, "[::1]");
    EXPECT_EQ(split_authority("[::1]")->port, std::nullopt);
    EXPECT_EQ(split_authority("localhost:")->port, std::nullopt);
    EXPECT_EQ(split_authority("localhost.:80")->host, "localhost");
    for (const auto* text : {"user@localhost", "localhost:99999", "localhost:x", "[::1", "localhost:1:2"})
        EXPECT_FALSE(split_authority(text)) << text;
}

TEST(Authority, OnlyNamesThatThePublicDnsCannotHaveAreUnrebindable) {
    for (const auto* text :
         {"127.0.0.1", "127.0.0.1.:80", "[::1]:8080", "[fe80::1%25eth0]", "LOCALHOST", "a.localhost.", "nas", "nas:80"})
        EXPECT_TRUE(is_unrebindable(*split_authority(text))) << text;
    for (const auto* text : {"evil.example", "nas.", ".", "", "localhost.evil.example", "127.1", "[]", "[x]",
                             "[127.0.0.1]", "a%2Eb", ".localhost"})
        EXPECT_FALSE(is_unrebindable(*split_authority(text))) << text;
}

TEST(WebOriginOf, AServerHasItsHostAndPort) {
    const auto same = [](const char* origin, const char* host, std::optional<bool> secure = std::nullopt) {
        const auto parsed = parse_web_origin(origin);
        return parsed && is_origin_of(*parsed, *split_authority(host), secure);
    };
    EXPECT_TRUE(same("http://nas:8080", "NAS:8080"));
    EXPECT_TRUE(same("https://dav.example.com", "dav.example.com"));
    EXPECT_TRUE(same("http://[::1]:80", "[0:0::1]"));
    EXPECT_FALSE(same("http://nas:8080", "nas:8081"));
    EXPECT_FALSE(same("http://nas", "nas", true));
    EXPECT_FALSE(same("https://nas", "nas", false));
    EXPECT_FALSE(same("https://nas:8080", "nas:8080", false));
    EXPECT_FALSE(same("http://nas.evil.example", "nas"));
    EXPECT_FALSE(same("null", "nas"));
    EXPECT_FALSE(same("http://nas/x", "nas"));
    EXPECT_FALSE(same("app://nas", "nas"));
}

}  // namespace
}  // namespace davit::headers
