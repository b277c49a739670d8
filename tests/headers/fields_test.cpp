#include "davit/headers/fields.hpp"

#include <gtest/gtest.h>

namespace davit::headers {
namespace {

const PublicAddress anywhere;
ResourcePath path(std::string_view text) {
    return ResourcePath::parse(text).value();
}

TEST(If, ReadsTheWholeGrammar) {
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

TEST(If, AnEntityTagEndsAtTheNextQuote) {
    for (const auto* opaque :
         {"a)b(c]d[e>f<g", "I am an ETag", "a\\b", "]", ")", "] (", "", "\xC3\xA4", "W/", "a,b", "a\tb"})
        for (const auto* weak : {"", "W/"}) {
            const auto text = "</f> (Not [" + std::string(weak) + "\"" + opaque + "\"] <a:b(c)>) ([ \"x\" ])";
            const auto parsed = parse_if(text, anywhere, "h");
            ASSERT_TRUE(parsed) << text << ": " << parsed.error().sentence;
            ASSERT_EQ(parsed->lists.size(), 2U);
            ASSERT_EQ(parsed->lists[0].conditions.size(), 2U);
            EXPECT_EQ(std::get<ETag>(parsed->lists[0].conditions[0].what), (ETag{opaque, *weak != 0}));
            EXPECT_TRUE(parsed->lists[0].conditions[0].negated);
            EXPECT_EQ(std::get<LockToken>(parsed->lists[0].conditions[1].what), "a:b(c)");
            EXPECT_EQ(std::get<ETag>(parsed->lists[1].conditions[0].what), (ETag{"x", false}));
        }
}

TEST(If, MalformedHeadersAreRefused) {
    for (const auto* text : {"",
                             "()",
                             "(",
                             ")",
                             "(<a:b>",
                             "(<a:b>) x",
                             "<http://h/>",
                             "(Not)",
                             "([x])",
                             "(<>)",
                             "(<a:b>) (",
                             "Not (<a:b>)",
                             "([\"a)",
                             "([\"a\" x])",
                             "([\"a\"\"b\"])",
                             "([\"a\", \"b\"])",
                             "([\"a\"",
                             "([*])",
                             "([W\"a\"])",
                             "(<a<b>)",
                             "\"a\""})
        EXPECT_FALSE(parse_if(text, anywhere, "h")) << text;
}

TEST(If, AHeaderBeyondTheLimitsIsRefused) {
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "(<a:b>)";
    EXPECT_FALSE(parse_if(many, anywhere, "h"));
    EXPECT_FALSE(parse_if("(<" + std::string(70000, 'a') + ">)", anywhere, "h"));
}

TEST(Depth, AcceptsZeroOneAndInfinityOnly) {
    EXPECT_EQ(parse_depth("0").value(), Depth::zero);
    EXPECT_EQ(parse_depth("1").value(), Depth::one);
    EXPECT_EQ(parse_depth("Infinity").value(), Depth::infinity);
    for (const auto* text : {"", "2", "-1", "0,1", "infinite"}) EXPECT_FALSE(parse_depth(text)) << text;
}

TEST(Depth, NorootIsForPropfindAfterOneOrInfinity) {
    for (const auto* text : {"1,noroot", " 1 , NoRoot ", "1,\tnoroot"}) {
        const auto parsed = parse_propfind_depth(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_TRUE(parsed->noroot && parsed->depth == Depth::one) << text;
        EXPECT_FALSE(parse_depth(text)) << text;
    }
    EXPECT_EQ(parse_propfind_depth("Infinity, noroot").value().depth, Depth::infinity);
    EXPECT_FALSE(parse_propfind_depth("infinity").value().noroot);
    for (const auto* text :
         {"0,noroot", "noroot", ",noroot", "noroot,1", "1,noroot,noroot", "1 noroot", "2,noroot", "1,", "1,1"})
        EXPECT_FALSE(parse_propfind_depth(text)) << text;
}

TEST(Overwrite, AcceptsTAndFOnly) {
    EXPECT_TRUE(parse_overwrite("T").value());
    EXPECT_FALSE(parse_overwrite("F").value());
    for (const auto* text : {"", "true", "TF"}) EXPECT_FALSE(parse_overwrite(text)) << text;
}

TEST(Timeout, TheFirstKnownTimeTypeCounts) {
    using std::chrono::seconds;
    EXPECT_EQ(parse_timeout("Second-10"), seconds(10));
    EXPECT_EQ(parse_timeout("Infinite, Second-4100000000"), seconds::max());
    EXPECT_EQ(parse_timeout("Extend, Second-7"), seconds(7));
    EXPECT_TRUE(parse_timeout("Second-99999999999999999999"));
    for (const auto* text : {"", "Second-", "Second-x", "10", "Extend"}) EXPECT_FALSE(parse_timeout(text)) << text;
}

TEST(LockToken, AcceptsAUriWithAndWithoutBrackets) {
    EXPECT_EQ(parse_lock_token("<urn:uuid:1>").value(), "urn:uuid:1");
    EXPECT_EQ(parse_lock_token("urn:uuid:1").value(), "urn:uuid:1");
    for (const auto* text : {"", "<", "<>", "<a", "nonsense"}) EXPECT_FALSE(parse_lock_token(text)) << text;
}

TEST(EntityTags, ReadsAStarOrAListOfTags) {
    EXPECT_TRUE(parse_entity_tags("*")->any);
    const auto list = parse_entity_tags("\"a\", W/\"b\" ,\"c,d\"");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->tags.size(), 3U);
    EXPECT_TRUE(list->tags[1].weak);
    EXPECT_EQ(list->tags[2].opaque, "c,d");
    for (const auto* text : {"a", "\"a", "\"a\" \"b\"", "*, \"a\""}) EXPECT_FALSE(parse_entity_tags(text)) << text;
}

TEST(Range, RangesBecomeAbsoluteWithinTheFile) {
    using Ranges = std::vector<ByteRange>;
    EXPECT_EQ(parse_range("bytes=0-9,-5,90-", 100), (Ranges{{0, 9}, {95, 99}, {90, 99}}));
    EXPECT_EQ(parse_range("bytes=200-", 100), Ranges{});
    EXPECT_EQ(parse_range("bytes=99999999999999999999999-", 100), Ranges{});
    EXPECT_EQ(parse_range("bytes=0-999999999999999999", 100), (Ranges{{0, 99}}));
    for (const auto* text : {"lines=0-1", "bytes=", "bytes=5-1", "bytes=a-b", "bytes", "bytes=1-2-3"})
        EXPECT_FALSE(parse_range(text, 100)) << text;
}

TEST(Prefer, ReadsPreferencesAndIgnoresUnknownOnes) {
    const auto wanted = parse_prefer("return=minimal, depth-noroot; x=y, respond-async");
    EXPECT_TRUE(wanted.minimal && wanted.depth_noroot && wanted.respond_async);
    EXPECT_FALSE(parse_prefer("return=representation").minimal);
}

TEST(RequestId, OnlyCharactersThatAreSafeInALogAreAccepted) {
    EXPECT_TRUE(is_request_id("aZ09._~:/+=@-"));
    EXPECT_FALSE(is_request_id(""));
    EXPECT_FALSE(is_request_id("a b"));
    EXPECT_FALSE(is_request_id("a\n"));
    EXPECT_FALSE(is_request_id(std::string(129, 'a')));
}

TEST(PublicAddress, TargetsNeedTheBasePathAndReferencesAKnownHost) {
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
    for (const auto* url : {"ftp://h/dav/x", "http://[::1/dav/x", "http:///dav/x", "http://h:p/x", "http://h h/x"})
        EXPECT_EQ(parse_reference(url, anywhere, "h").error().code, FailureCode::bad_header) << url;
    EXPECT_EQ(parse_reference("http://user:secret@h/x y", anywhere, "h").value(), path("/x%20y"));
    const PublicAddress numbers{"", false, {"[::1]", "host"}};
    for (const auto* url : {"http://[0:0::1]:81/x", "http://HOST.:81/x"})
        EXPECT_TRUE(parse_reference(url, numbers, "h")) << url;
}

TEST(PublicAddress, ABasePathIsEqualInEveryEncoding) {
    const PublicAddress address{"/a,b/c", false, {}};
    for (const auto* target : {"/a,b/c/x", "/a%2Cb/c/x", "/a%2cb/%63//x", "//a,b/./c/x", "/y/../a,b/c/x"})
        EXPECT_EQ(parse_request_target(target, address).value(), path("/x")) << target;
    EXPECT_EQ(parse_request_target("/a,b/c/../x", address).error().code, FailureCode::bad_path);
    EXPECT_EQ(parse_request_target("/a,b/cx", address).error().code, FailureCode::outside_base_path);
    EXPECT_EQ(parse_reference("http://h/a%2Cb/c/x", address, "h").value(), path("/x"));
    EXPECT_EQ(written_target("//a%2cb/./c/x?q", address)->text(), "/a%2cb/c/x");
}

TEST(PublicAddress, WritesPathsAsTheClientDid) {
    const PublicAddress stripped{"/out(er)/in", true, {}, "/in"};
    EXPECT_EQ(written_target("/in/a%2Cb", stripped)->text(), "/out(er)/in/a%2Cb");
    const auto whole = written_reference("HTTPS://user@h:81/out%28er%29/in/a%2Cb", stripped);
    EXPECT_EQ(whole->origin + whole->path.text(), "HTTPS://h:81/out%28er%29/in/a%2Cb");
    EXPECT_EQ(written_reference("//in/a%2Cb", stripped)->path.text(), "/out(er)/in/a%2Cb");
    EXPECT_EQ(written_reference("/a%2Cb", stripped)->path.text(), "/out(er)/in/a%2Cb");
    EXPECT_FALSE(written_target("*", {}));
}

TEST(PublicAddress, AStrippedPrefixIsRemovedFromReferencesOnly) {
    const PublicAddress address{"/dav", true, {}};
    EXPECT_EQ(parse_request_target("/x", address).value(), path("/x"));
    EXPECT_EQ(parse_request_target("/dav/x", address).value(), path("/dav/x"));
    EXPECT_EQ(parse_reference("http://h/dav/x", address, "h").value(), path("/x"));
    EXPECT_EQ(parse_reference("http://h/dav/dav/x", address, "h").value(), path("/dav/x"));
    EXPECT_EQ(parse_reference("/x", address, "h").value(), path("/x"));
    EXPECT_EQ(written_target("/x", address)->text(), "/dav/x");
    EXPECT_FALSE(parse_request_target("/x", {"/dav", false, {}}));
}

TEST(Digests, Rfc9530Examples) {
    // RFC 9530, B.1: {"hello": "world"}\n
    const auto parsed = parse_digest_field("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->size(), 1U);
    EXPECT_EQ(parsed->front().algorithm, DigestAlgorithm::sha256);
    EXPECT_EQ(hex_text(parsed->front()), "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38");
    EXPECT_EQ(digest_member(parsed->front()), "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}

TEST(Digests, UnknownMembersArePassedOver) {
    for (const auto* text : {"", "md5=:AAAA:", "a, b;c=1 , d=\"x,y\\\"z\"", "new=12.5;p", "unixsum=30637, *x=?1"}) {
        const auto parsed = parse_digest_field(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_TRUE(parsed->empty()) << text;
    }
}

TEST(Digests, MalformedDigestFieldsAreRefused) {
    for (const auto* text :
         {",", "a,", "a,,b", "A=1", "=x", "a=", "a=(1 2)", "a=\"x", "a=:x", "sha-256", "sha-256=1",
          "sha-256=:AAAA:", "sha-512=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", "sha-256=:*:", "a b"})
        EXPECT_FALSE(parse_digest_field(text)) << text;
}

TEST(Digests, WantReprDigestIsOrderedByWeight) {
    using enum DigestAlgorithm;
    EXPECT_EQ(parse_want_digest("sha-256=1, sha-512=3"), (std::vector{sha512, sha256}));
    EXPECT_EQ(parse_want_digest("sha-512=0, sha-256=10, md5=5"), (std::vector{sha256}));
    for (const auto* text : {"", "sha-256", "sha-256=11", "sha-256=-1", "sha-256=x", "sha-256=1,"})
        EXPECT_TRUE(parse_want_digest(text).empty()) << text;
}

TEST(OcChecksum, ReadsKnownAlgorithmsAndRefusesMalformedText) {
    const auto several = parse_oc_checksum("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709  ADLER32:1 NEW:x");
    ASSERT_TRUE(several);
    ASSERT_EQ(several->size(), 2U);
    EXPECT_EQ(checksum_text(several->front()), "SHA1:da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(checksum_text(several->back()), "ADLER32:00000001");
    for (const auto* text :
         {"x", ":x", "SHA1:", "SHA1:00", "MD5:0000000000000000000000000000000g", "ADLER32:000000001"})
        EXPECT_FALSE(parse_oc_checksum(text)) << text;
}

TEST(Part, ReadsUpdateRangeAndRefusesMalformedText) {
    using enum Part::From;
    EXPECT_EQ(parse_update_range("bytes=3-6").value(), (Part{begin, 3, 4, {}}));
    EXPECT_EQ(parse_update_range("Bytes=3-").value(), (Part{begin, 3, {}, {}}));
    EXPECT_EQ(parse_update_range("bytes=-6").value(), (Part{end, 6, {}, {}}));
    EXPECT_EQ(parse_update_range(" append ").value(), (Part{end, 0, {}, {}}));
    for (const auto* text : {"", "bytes", "bytes=", "bytes=-", "bytes=-0", "bytes=6-3", "bytes=1-2,4-5", "bytes=+1-2",
                             "bytes=0x1-", "bytes=9223372036854775808-", "bytes=0-9223372036854775807", "append now"})
        EXPECT_FALSE(parse_update_range(text)) << text;
}

TEST(Part, ReadsContentRangeAndRefusesMalformedText) {
    using enum Part::From;
    EXPECT_EQ(parse_content_range("bytes 3-6/10").value(), (Part{begin, 3, 4, 10}));
    EXPECT_EQ(parse_content_range("BYTES 0-0/*").value(), (Part{begin, 0, 1, {}}));
    for (const auto* text : {"", "bytes", "bytes 3-6", "bytes */10", "bytes 3-/10", "bytes 6-3/10", "bytes 3-6/6",
                             "bytes=3-6/10", "items 3-6/10", "bytes 3-6/x", "bytes 3-6/"})
        EXPECT_FALSE(parse_content_range(text)) << text;
}

}  // namespace
}  // namespace davit::headers
