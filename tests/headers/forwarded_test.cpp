#include "davit/headers/forwarded.hpp"

#include <gmock/gmock.h>

namespace davit::headers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Forwarded, ReadsTheExamplesOfTheRfc) {  // RFC 7239, 4
    auto hops = parse_forwarded("for=\"_gazonk\"").value();
    EXPECT_EQ(hops.at(0).client, "_gazonk");
    hops = parse_forwarded("For=\"[2001:db8:cafe::17]:4711\"").value();
    EXPECT_EQ(hops.at(0).client, "2001:db8:cafe::17");
    hops = parse_forwarded("for=192.0.2.60;proto=HTTP;by=203.0.113.43;host=\"dav.example.com:8443\"").value();
    EXPECT_EQ(hops.at(0).client, "192.0.2.60");
    EXPECT_EQ(hops.at(0).proto, "http");
    EXPECT_EQ(hops.at(0).host, "dav.example.com:8443");
    hops = parse_forwarded("for=192.0.2.43, for=198.51.100.17").value();
    ASSERT_EQ(hops.size(), 2U);
    EXPECT_EQ(hops.at(1).client, "198.51.100.17");
}

TEST(Forwarded, SeparatorsInsideOfQuotesAreNone) {
    const auto hops = parse_forwarded("for=192.0.2.1;ext=\"a,b;for=\\\"10.0.0.1\\\"\", ,proto=https").value();
    ASSERT_EQ(hops.size(), 2U);
    EXPECT_EQ(hops.at(0).client, "192.0.2.1");
    EXPECT_EQ(hops.at(1).client, "");
    EXPECT_EQ(hops.at(1).proto, "https");
}

TEST(Forwarded, NothingOfAMalformedOne) {
    for (const auto* text :
         {"for", "for=", "for=\"192.0.2.1", "for=192.0.2.1 proto=http", "for=192.0.2.1;for=192.0.2.2",
          "for=[2001:db8::1]", "for=\"evil host\"", "for=\"192.0.2.1:123456\"", "for=999.0.0.1", "host=\"a b\"",
          "for=\"[192.0.2.1]\"", "=x", "for=\"_\""})
        EXPECT_FALSE(parse_forwarded(text)) << text;
    std::string many;
    for (int i = 0; i < 65; ++i) many += "for=unknown,";
    EXPECT_FALSE(parse_forwarded(many));
    EXPECT_THAT(parse_forwarded("").value(), IsEmpty());
}

TEST(Forwarded, ReadsNodesWithAndWithoutQuotesPortsAndBrackets) {
    EXPECT_EQ(parse_node("192.0.2.1:80"), "192.0.2.1");
    EXPECT_EQ(parse_node("2001:DB8:0::1"), "2001:db8::1");
    EXPECT_EQ(parse_node("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(parse_node("[2001:db8::1]:_port"), "2001:db8::1");
    EXPECT_EQ(parse_node("unknown"), "unknown");
    for (const auto* text : {"", "a", "[::1", "192.0.2.1:", "192.0.2.1:x", "_a b", "fe80::1%eth0", "1.2.3.4.5"})
        EXPECT_FALSE(parse_node(text)) << text;
}

TEST(XForwarded, ReadsListsAndMarksMalformedElements) {
    EXPECT_THAT(parse_x_forwarded_for("192.0.2.1, nonsense ,[::1]:80"), ElementsAre("192.0.2.1", "", "::1"));
    EXPECT_THAT(parse_x_forwarded_for(""), IsEmpty());
    EXPECT_EQ(parse_x_forwarded_host("dav.example.com:8443, inner"), "dav.example.com:8443");
    for (const auto* text : {"", "a b", "a/b", "a@b", "<", ", a"}) EXPECT_EQ(parse_x_forwarded_host(text), "") << text;
}

TEST(XForwarded, APrefixIsAValidBeginningOfAnHref) {
    EXPECT_EQ(parse_x_forwarded_prefix("/dav/"), "/dav");
    EXPECT_EQ(parse_x_forwarded_prefix("/a, /b%20c/"), "/a/b%20c");
    EXPECT_EQ(parse_x_forwarded_prefix("/"), "");
    for (const auto* text : {"/a,b", "/a&b", "/a%2cb", "/it's/x;y", "/par(2)"})
        EXPECT_EQ(parse_x_forwarded_prefix(text), text);
    EXPECT_EQ(parse_x_forwarded_prefix("/a,b,/c"), "/a,b/c");
    for (const auto* text :
         {"dav", "//evil.example.com", "/a/../b", "/a\"b", "/a<b", "/a b", "/a, b", "/a%zz", "/a%2Fb", "/%2e%2e/b"})
        EXPECT_EQ(parse_x_forwarded_prefix(text), "") << text;
    EXPECT_EQ(parse_x_forwarded_prefix("/" + std::string(300, 'a')), "");
}

}  // namespace
}  // namespace davit::headers
