#include "davit/headers/fields.hpp"

#include <gtest/gtest.h>

namespace davit::headers {
namespace {

const PublicAddress anywhere;
ResourcePath path(std::string_view text) {
    return ResourcePath::parse(text).value();
}

TEST(If, WholeGrammar) {
    const auto parsed =
        parse_if("(<urn:uuid:1> [\"a\"]) (Not <DAV:no-lock>)  <http://h/x%20y> ([W/\"b\"]Not[\"c\"])", anywhere, "h");
    ASSERT_FALSE(parsed) << "untagged and tagged lists do not mix (RFC 4918, 10.4.2)";
    const auto untagged = parse_if(" (<urn:uuid:1> [\"a\"])(Not <DAV:no-lock>) ", anywhere, "h");
    ASSERT_TRUE(untagged);
    ASSERT_EQ(untagged->lists.size(), 2U);
    EXPECT_EQ(std::get<LockToken>(untagged->lists[0].conditions[0].what), "urn:uuid:1");
    EXPECT_EQ(std::get<ETag>(untagged->lists[0].conditions[1].what).opaque, "a");
    EXPECT_TRUE(untagged->lists[1].conditions[0].negated);
    const auto tagged = parse_if("<http://h/x%20y> ([W/\"b\"]not[\"c\"]) (<a:b>) <z> (<c:d>)", anywhere, "h");
    ASSERT_TRUE(tagged);  // <z> is no resource of ours: its list never holds
    EXPECT_FALSE(tagged->lists[2].tag->path);
    const auto two = parse_if("<http://h/x%20y> ([W/\"b\"]not[\"c\"]) (<a:b>) </z> (<c:d>)", anywhere, "h");
    ASSERT_TRUE(two);
    ASSERT_EQ(two->lists.size(), 3U);
    EXPECT_EQ(two->lists[1].tag->path, path("/x y"));
    EXPECT_EQ(two->lists[2].tag->path, path("/z"));
    EXPECT_TRUE(std::get<ETag>(two->lists[0].conditions[0].what).weak);
}

TEST(If, Malformed) {
    for (const auto* text : {"", "()", "(", ")", "(<a:b>", "(<a:b>) x", "<http://h/>", "(Not)", "([x])", "(<>)",
                             "(<a:b>) (", "Not (<a:b>)", "([\"a)", "\"a\""})
        EXPECT_FALSE(parse_if(text, anywhere, "h")) << text;
}

TEST(If, Caps) {
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "(<a:b>)";
    EXPECT_FALSE(parse_if(many, anywhere, "h"));
    EXPECT_FALSE(parse_if("(<" + std::string(70000, 'a') + ">)", anywhere, "h"));
}

TEST(Depth, Values) {
    EXPECT_EQ(parse_depth("0").value(), Depth::zero);
    EXPECT_EQ(parse_depth("1").value(), Depth::one);
    EXPECT_EQ(parse_depth("Infinity").value(), Depth::infinity);
    for (const auto* text : {"", "2", "-1", "0,1", "infinite"}) EXPECT_FALSE(parse_depth(text)) << text;
}

TEST(Overwrite, Values) {
    EXPECT_TRUE(parse_overwrite("T").value());
    EXPECT_FALSE(parse_overwrite("F").value());
    for (const auto* text : {"", "true", "TF"}) EXPECT_FALSE(parse_overwrite(text)) << text;
}

TEST(Timeout, Values) {
    using std::chrono::seconds;
    EXPECT_EQ(parse_timeout("Second-10"), seconds(10));
    EXPECT_EQ(parse_timeout("Infinite, Second-4100000000"), seconds::max());
    EXPECT_EQ(parse_timeout("Extend, Second-7"), seconds(7));
    EXPECT_TRUE(parse_timeout("Second-99999999999999999999"));
    for (const auto* text : {"", "Second-", "Second-x", "10", "Extend"}) EXPECT_FALSE(parse_timeout(text)) << text;
}

TEST(LockToken, Values) {
    EXPECT_EQ(parse_lock_token("<urn:uuid:1>").value(), "urn:uuid:1");
    EXPECT_EQ(parse_lock_token("urn:uuid:1").value(), "urn:uuid:1");
    for (const auto* text : {"", "<", "<>", "<a", "nonsense"}) EXPECT_FALSE(parse_lock_token(text)) << text;
}

TEST(EntityTags, Values) {
    EXPECT_TRUE(parse_entity_tags("*")->any);
    const auto list = parse_entity_tags("\"a\", W/\"b\" ,\"c,d\"");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->tags.size(), 3U);
    EXPECT_TRUE(list->tags[1].weak);
    EXPECT_EQ(list->tags[2].opaque, "c,d");
    for (const auto* text : {"a", "\"a", "\"a\" \"b\"", "*, \"a\""}) EXPECT_FALSE(parse_entity_tags(text)) << text;
}

TEST(Range, MadeAbsolute) {
    using Ranges = std::vector<ByteRange>;
    EXPECT_EQ(parse_range("bytes=0-9,-5,90-", 100), (Ranges{{0, 9}, {95, 99}, {90, 99}}));
    EXPECT_EQ(parse_range("bytes=200-", 100), Ranges{});
    EXPECT_EQ(parse_range("bytes=99999999999999999999999-", 100), Ranges{});
    EXPECT_EQ(parse_range("bytes=0-999999999999999999", 100), (Ranges{{0, 99}}));
    for (const auto* text : {"lines=0-1", "bytes=", "bytes=5-1", "bytes=a-b", "bytes", "bytes=1-2-3"})
        EXPECT_FALSE(parse_range(text, 100)) << text;
}

TEST(Prefer, Values) {
    const auto wanted = parse_prefer("return=minimal, depth-noroot; x=y, respond-async");
    EXPECT_TRUE(wanted.minimal && wanted.depth_noroot && wanted.respond_async);
    EXPECT_FALSE(parse_prefer("return=representation").minimal);
}

TEST(RequestId, OnlyWhatCanStandInALog) {
    EXPECT_TRUE(is_request_id("aZ09._~:/+=@-"));
    EXPECT_FALSE(is_request_id(""));
    EXPECT_FALSE(is_request_id("a b"));
    EXPECT_FALSE(is_request_id("a\n"));
    EXPECT_FALSE(is_request_id(std::string(129, 'a')));
}

TEST(PublicAddress, BasePathAndHosts) {
    const PublicAddress address{"/dav", false, {"dav.example.com"}};
    EXPECT_EQ(parse_request_target("/dav/a%20b?q", address).value(), path("/a b"));
    EXPECT_EQ(parse_request_target("/dav", address).value(), ResourcePath());
    EXPECT_FALSE(parse_request_target("/davit", address) && parse_request_target("/davit", address)->str() == "it");
    for (const auto* url : {"https://DAV.example.com:8443/dav/x", "http://h/dav/x", "/dav/x", "//dav/x", "/x"})
        EXPECT_EQ(parse_reference(url, address, "h:80").value(), path("/x")) << url;
    EXPECT_EQ(parse_reference("http://other/dav/x", address, "h").error().code, FailureCode::foreign_destination);
    EXPECT_TRUE(parse_reference("http://other/x", anywhere, "h"));
    for (const auto* url : {"", "x", "http://h/x#y", "http://h/a%2fb", "http://h/../x", "http://h/%00"})
        EXPECT_FALSE(parse_reference(url, address, "h")) << url;
    EXPECT_EQ(public_href(address, path("/a b"), true), "/dav/a%20b/");
}

TEST(PublicAddress, PrefixTakenOffByAProxy) {
    const PublicAddress address{"/dav", true, {}};
    EXPECT_EQ(parse_request_target("/x", address).value(), path("/x"));
    EXPECT_EQ(parse_request_target("/dav/x", address).value(), path("/dav/x"));
    EXPECT_EQ(parse_reference("http://h/dav/x", address, "h").value(), path("/x"));
    EXPECT_EQ(parse_reference("http://h/dav/dav/x", address, "h").value(), path("/dav/x"));
    EXPECT_EQ(parse_reference("/x", address, "h").value(), path("/x"));
    EXPECT_EQ(public_href(address, path("/x"), false), "/dav/x");
    EXPECT_FALSE(parse_request_target("/x", {"/dav", false, {}}));
}

}  // namespace
}  // namespace davit::headers
