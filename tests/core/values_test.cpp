#include <gtest/gtest.h>

#include <array>

#include "davit/core/amounts.hpp"
#include "davit/core/failure.hpp"
#include "davit/core/http_date.hpp"
#include "davit/core/if_header.hpp"
#include "davit/core/multi_status.hpp"
#include "davit/core/property.hpp"
#include "davit/core/utf8.hpp"
#include "davit/core/written_path.hpp"

namespace davit {
namespace {

ResourcePath path(std::string_view text) {
    return ResourcePath::parse(text).value();
}

TEST(Utf8, BytesThatAreNotUtf8AreReadAsWindows1252) {
    EXPECT_EQ(from_utf8_or_windows_1252("abc"), "abc");
    EXPECT_EQ(from_utf8_or_windows_1252("\xC3\xA4"), "\xC3\xA4");
    EXPECT_EQ(from_utf8_or_windows_1252("a\xE4:\xDF\xFF"), "a\xC3\xA4:\xC3\x9F\xC3\xBF");
    EXPECT_EQ(from_utf8_or_windows_1252("\x80\x9C\x9F"), "\xE2\x82\xAC\xC5\x93\xC5\xB8");
    EXPECT_EQ(from_utf8_or_windows_1252("\xC3\xA4\xE4"), "\xC3\x83\xC2\xA4\xC3\xA4");
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
    EXPECT_FALSE(is_utf8(every));
    EXPECT_TRUE(is_utf8(from_utf8_or_windows_1252(every)));
}

TEST(ResourcePath, EqualPathsHaveOneForm) {
    for (const auto* text : {"/a/b", "//a///b", "/a/./b", "/a/x/../b", "/a/b/", "/%61/%62", "/x/../a/b/."})
        EXPECT_EQ(path(text).str(), "a/b") << text;
    EXPECT_TRUE(path("/").is_root());
    EXPECT_TRUE(path("/a/..").is_root());
}

TEST(WrittenPath, KeepsTheBytesThatTheClientWrote) {
    for (const auto* text :
         {"/", "/a,b/c", "/a%2Cb/c/", "/a%2cb", "/%61%7E~!$&'()*+,;=:@", "/a//b///", "/%C3%A4", "/..."})
        EXPECT_EQ(WrittenPath(text).text(), text);
}

TEST(WrittenPath, ResolvesDotSegmentsInEverySpelling) {
    for (const auto& [text, meant] : {
             std::pair("/a/./b", "/a/b"),
             std::pair("/a/%2e/b", "/a/b"),
             std::pair("/x/../a%2Cb/", "/a%2Cb/"),
             std::pair("/x/%2E%2e/a", "/a"),
             std::pair("/x/.%2E/a", "/a"),
             std::pair("/a/.", "/a/"),
             std::pair("/a/b/..", "/a/"),
             std::pair("/a/..", "/"),
             std::pair("/x//../a", "/a"),
             std::pair("/a//x/../b", "/a//b"),
             std::pair("/.", "/"),
         })
        EXPECT_EQ(WrittenPath(text).text(), meant) << text;
}

TEST(WrittenPath, NeverBeginsWithTwoSlashes) {
    for (const auto* text : {"//a", "///a", "/.//a", "/%2e//a", "/x/..//a", "//./a", "/x/../%2E%2F%2E/..//a"})
        EXPECT_FALSE(WrittenPath(text).text().starts_with("//")) << text;
    EXPECT_EQ(WrittenPath("//").text(), "/");
}

TEST(WrittenPath, IsThePathOfTheSameResource) {
    const std::array pieces{"/", "/a", "/.", "/..", "/%2e", "/%2E.", "/b,"};
    for (std::size_t number = 0; number < 7 * 7 * 7 * 7 * 7 * 7; ++number) {
        std::string text;
        for (auto rest = number; rest > 0; rest /= pieces.size()) text += pieces[rest % pieces.size()];
        const auto path = ResourcePath::parse(text);
        if (!path) continue;
        const WrittenPath written(text);
        ASSERT_EQ(ResourcePath::parse(written.text()), path) << text << " " << written.text();
        ASSERT_EQ(written.depth(), path->depth()) << text;
        ASSERT_FALSE(written.text().starts_with("//")) << text;
    }
}

TEST(WrittenPath, EncodesBytesThatNoUrlMayHold) {
    EXPECT_EQ(WrittenPath("/a b\"<>^`{|}\\").text(), "/a%20b%22%3C%3E%5E%60%7B%7C%7D%5C");
    EXPECT_EQ(WrittenPath("/\xC3\xA4\r\n").text(), "/%C3%A4%0D%0A");
}

TEST(WrittenPath, CountsNamesAndCutsBehindThem) {
    const WrittenPath path("/dav/a%2Cb//c/");
    EXPECT_EQ(path.depth(), 3U);
    EXPECT_EQ(path.first(0), "");
    EXPECT_EQ(path.first(1), "/dav");
    EXPECT_EQ(path.first(2), "/dav/a%2Cb");
    EXPECT_EQ(path.first(3), "/dav/a%2Cb//c");
    EXPECT_EQ(path.first(4), path.text());
}

TEST(ResourcePath, RefusesHostilePaths) {
    const std::pair<const char*, PathError> rows[] = {
        {"a", PathError::not_absolute},       {"", PathError::not_absolute},      {"/..", PathError::climbs},
        {"/a/../../b", PathError::climbs},    {"/%2e%2e/b", PathError::climbs},   {"/a%2fb", PathError::encoded_slash},
        {"/a%2Fb", PathError::encoded_slash}, {"/a%00", PathError::nul},          {"/%", PathError::bad_escape},
        {"/%4", PathError::bad_escape},       {"/%zz", PathError::bad_escape},    {"/.davit", PathError::reserved},
        {"/.davit/x", PathError::reserved},   {"/%2Edavit", PathError::reserved}, {"/a/../.davit", PathError::reserved},
    };
    for (const auto& [text, error] : rows) {
        const auto parsed = ResourcePath::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error(), error) << text;
        EXPECT_FALSE(explain(error).empty());
    }
    for (const auto* reserved : {"/a/.davit", "/a/.DAVIT/b", "/.davit-0", "/a/.davit.", "/.da%E2%80%8Bvit%20"})
        EXPECT_FALSE(ResourcePath::parse(reserved)) << reserved;
    for (const auto* free : {"/.davits", "/a/.davi", "/.davit.x", "/davit", "/.davit_", "/.d%C3%A1vit"})
        EXPECT_TRUE(ResourcePath::parse(free)) << free;
}

TEST(ResourcePath, EveryByteRoundTripsThroughItsHref) {
    for (int byte = 1; byte < 256; ++byte) {
        if (byte == '/' || byte == '.') continue;
        const auto decoded = ResourcePath::from_decoded(std::string(1, static_cast<char>(byte)));
        ASSERT_TRUE(decoded) << byte;
        EXPECT_EQ(path(decoded->href()), *decoded) << byte;
        EXPECT_EQ(decoded->href().find_first_of(" <>\"\\^`{|}"), std::string::npos) << byte;
    }
    EXPECT_EQ(path("/%e2%82%ac x").href(true), "/%E2%82%AC%20x/");
}

TEST(ResourcePath, ParentChildAndContainmentFollowSegments) {
    EXPECT_TRUE(path("/a").contains(path("/a/b")));
    EXPECT_TRUE(path("/a").contains(path("/a")));
    EXPECT_FALSE(path("/a").contains(path("/ab")));
    EXPECT_TRUE(ResourcePath().contains(path("/a")));
    EXPECT_TRUE(path("/a").is_parent_of(path("/a/b")));
    EXPECT_FALSE(path("/a").is_parent_of(path("/a/b/c")));
    EXPECT_EQ(path("/a/b").parent(), path("/a"));
    EXPECT_EQ(path("/a").parent(), ResourcePath());
    EXPECT_EQ(path("/a/b").name(), "b");
    EXPECT_EQ(path("/a/b").depth(), 2U);
    EXPECT_EQ(ResourcePath().child("x"), path("/x"));
}

TEST(Failure, EveryCodeHasARowOfItsOwn) {
    for (int i = 0; i <= static_cast<int>(FailureCode::would_block); ++i) {
        const auto code = static_cast<FailureCode>(i);
        EXPECT_EQ(failure_code(name(code)), code);
        EXPECT_TRUE(is_error(kind(code).status));
        EXPECT_NE(number(kind(code).status), 424U);
        EXPECT_FALSE(reason_phrase(kind(code).status).empty());
        if (const auto precondition = kind(code).precondition) {
            EXPECT_FALSE(local_name(*precondition).empty());
        }
    }
    EXPECT_FALSE(failure_code("no-such-code"));
}

TEST(MultiStatus, ADependentWithoutItsCauseCannotBeBuilt) {
    const EntryStatus dependent = Cause{path("/a"), false, {}, FailureCode::locked, 0};
    const EntryStatus failure = Failure{FailureCode::locked, "locked", {}};
    EXPECT_THROW(MultiStatus({{path("/b"), false, dependent}}), std::logic_error);
    EXPECT_THROW(MultiStatus({{path("/b"), false, dependent}, {path("/a"), false, failure}}), std::logic_error);
    const MultiStatus good({{path("/a"), false, failure}, {path("/b"), false, dependent}});
    EXPECT_EQ(good.dependents(), 1U);
    ASSERT_NE(good.first_failure(), nullptr);
    EXPECT_EQ(good.first_failure()->code, FailureCode::locked);
    EXPECT_EQ(MultiStatus({{path("/a"), false, EntryStatus(Status::ok)}}).first_failure(), nullptr);
}

TEST(PropertySet, KeepsOneOfAName) {
    PropertySet set;
    set.set({{"urn:b", "x"}, "1"});
    set.set({{"urn:a", "y"}, "2"});
    set.set({{"urn:b", "x"}, "3"});
    EXPECT_EQ(set.size(), 2U);
    EXPECT_EQ(set.find({"urn:b", "x"})->xml, "3");
    EXPECT_EQ(set.begin()->name.ns, "urn:a");
    EXPECT_FALSE(set.remove({"urn:c", "x"}));
    EXPECT_TRUE(set.remove({"urn:b", "x"}));
    EXPECT_EQ(set.find({"urn:b", "x"}), nullptr);
}

TEST(IfHeader, SubmitsTokensWhereverTheyStand) {
    IfHeader header;
    header.lists.push_back({std::nullopt, {{true, LockToken("urn:uuid:1")}}});
    header.lists.push_back({ResourceTag{path("/x")}, {{false, LockToken("urn:uuid:2")}, {false, ETag{"e", false}}}});
    EXPECT_TRUE(header.submits("urn:uuid:1"));
    EXPECT_TRUE(header.submits("urn:uuid:2"));
    EXPECT_FALSE(header.submits("e"));
}

TEST(HttpDate, ReadsAllThreeFormsAndWritesTheFirst) {
    const auto time = std::chrono::sys_seconds(std::chrono::seconds(784111777));
    for (const auto* text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        EXPECT_EQ(parse_http_date(text), time) << text;
    for (const auto* text : {"", "yesterday", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37"})
        EXPECT_FALSE(parse_http_date(text)) << text;
    std::string out;
    append_imf_fixdate(out, time);
    EXPECT_EQ(out, "Sun, 06 Nov 1994 08:49:37 GMT");
    out.clear();
    append_rfc3339(out, time);
    EXPECT_EQ(out, "1994-11-06T08:49:37Z");
}

TEST(Amounts, AreRoundedDown) {
    constexpr std::pair<std::uint64_t, const char*> sizes[] = {
        {0, "0 bytes"},          {1, "1 byte"},           {1023, "1023 bytes"},     {1024, "1.0 KiB"},
        {1535, "1.4 KiB"},       {1536, "1.5 KiB"},       {1048575, "1023.9 KiB"},  {1048576, "1.0 MiB"},
        {1288490189, "1.2 GiB"}, {1ULL << 40, "1.0 TiB"}, {UINT64_MAX, "15.9 EiB"},
    };
    for (const auto& [bytes, text] : sizes) EXPECT_EQ(size_text(bytes), text);
    constexpr std::pair<std::int64_t, const char*> durations[] = {
        {-5, "0 seconds"},     {1, "1 second"},   {119, "119 seconds"}, {120, "2 minutes"},
        {7199, "119 minutes"}, {7200, "2 hours"}, {172799, "47 hours"}, {172800, "2 days"},
    };
    for (const auto& [seconds, text] : durations) EXPECT_EQ(duration_text(std::chrono::seconds(seconds)), text);
}

TEST(ActiveLock, OwnerTextIsTheElementsTextWithoutMarkup) {
    const std::pair<const char*, const char*> rows[] = {
        {"", ""},
        {"<D:owner xmlns:D=\"DAV:\"/>", ""},
        {"<D:owner xmlns:D=\"DAV:\"><D:href>http://example.com/me</D:href></D:owner>", "http://example.com/me"},
        {"<owner xmlns=\"DAV:\">\n  me &amp; <b>you &lt;x&gt;</b>\t\n</owner>", "me & you <x>"},
        {"<owner>a<!-- > b --><?pi > ?>c</owner>", "ac"},
        {"<owner>\xC3\xA9\xC3\xA9\xC3\xA9</owner>", "\xC3\xA9\xC3\xA9..."},
    };
    for (const auto& [xml, text] : rows) {
        ActiveLock lock;
        lock.owner_xml = xml;
        EXPECT_EQ(owner_text(lock, std::string_view(text).ends_with("...") ? 5 : 120), text) << xml;
    }
}

TEST(Status, AnErrorIsFoundByItsReasonPhrase) {
    EXPECT_EQ(error_of_reason("Not Found"), Status::not_found);
    EXPECT_EQ(error_of_reason("InsufficientStorage"), Status::insufficient_storage);
    for (const auto* text : {"", "OK", "Unknown", "Failed Dependency", "locked"})
        EXPECT_FALSE(error_of_reason(text)) << text;
    EXPECT_EQ(failure_code_of_precondition("no-conflicting-lock"), FailureCode::lock_conflict);
    EXPECT_FALSE(failure_code_of_precondition("no-such-thing"));
}

}  // namespace
}  // namespace davit
