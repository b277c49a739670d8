#include "davit/core/network.hpp"

#include <gtest/gtest.h>

namespace davit {
namespace {

TEST(Network, AListContainsItsNetworksAndAddresses) {
    PeerList list;
    EXPECT_TRUE(list.empty());
    for (const auto* text : {"10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "unix"}) EXPECT_TRUE(list.add(text)) << text;
    for (const auto* text : {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8:7fff::1", "unix"})
        EXPECT_TRUE(list.contains(text)) << text;
    for (const auto* text : {"11.0.0.0", "9.255.255.255", "192.0.2.6", "2001:db8:8000::1", "::1", "", "unknown"})
        EXPECT_FALSE(list.contains(text)) << text;
}

TEST(Network, PrefixesMatchBitwiseAndWithinTheirFamily) {
    PeerList list;
    EXPECT_TRUE(list.add("172.16.0.0/12"));
    EXPECT_TRUE(list.contains("172.31.255.255"));
    EXPECT_FALSE(list.contains("172.32.0.0"));
    EXPECT_FALSE(list.contains("unix"));
    PeerList six;
    EXPECT_TRUE(six.add("::/0"));
    EXPECT_TRUE(six.contains("2001:db8::1"));
    EXPECT_FALSE(six.contains("10.0.0.1"));
    PeerList four;
    EXPECT_TRUE(four.add("0.0.0.0/0"));
    EXPECT_TRUE(four.contains("10.0.0.1"));
    EXPECT_FALSE(four.contains("2001:db8::1"));
}

TEST(Network, InvalidNetworksAreRefused) {
    PeerList list;
    for (const auto* text :
         {"", "nginx", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0/8", "::/129", "/8", "10.0.0.0/-1"})
        EXPECT_FALSE(list.add(text)) << text;
    EXPECT_TRUE(list.empty());
}

TEST(IpAddress, EqualAddressesHaveOneText) {
    EXPECT_EQ(IpAddress::parse("2001:0DB8::0001")->str(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("::ffff:1.2.3.4"), IpAddress::parse("1.2.3.4"));
    EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

}  // namespace
}  // namespace davit
