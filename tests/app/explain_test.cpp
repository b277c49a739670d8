#include "davit/app/explain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace davit::app {
namespace {

/// Bodies as other servers sent them, made by capture.py; `file` is its name in captured/.
std::string captured(const std::string& file) {
    std::ifstream in(std::string(DAVIT_TESTS_DIR) + "/app/captured/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.view().empty()) << file;
    return text.str();
}

constexpr const char* etag = "{DAV:}getetag";

struct Expected {
    const char* file;
    unsigned status;
    const char* href = "";      ///< "" when the body names none
    const char* property = "";  ///< "" when it is not about one
    std::size_t dependents = 0;
    std::size_t others = 0;
    bool inferred = false;
    const char* advised = "";  ///< a part of what to do
    std::vector<std::string> culprits{};
};

const Expected other_servers[] = {
    {"apache-proppatch.xml", 409, "/t/f", etag, 2, 0, true, "Leave {DAV:}getetag out"},
    {"apache-lock-member.xml", 423, "/t/f", "", 1, 1, true, "token"},
    {"apache-delete-locked.xml", 423, "/t/f", "", 0, 1, false, "token"},
    {"apache-move-locked.xml", 423, "/t/f", "", 0, 1, false, "token"},
    {"apache-copy-over-locked.xml", 423, "/t/f", "", 0, 1, false, "token"},
    {"apache-lock-twice.html", 423, "", "", 0, 0, false, "lock"},
    {"apache-put-locked.html", 423, "", "", 0, 0, false, "lock"},
    {"apache-proppatch-locked.html", 423, "", "", 0, 0, false, "lock"},
    {"apache-full-disk.html", 507, "", "", 0, 0, false, "disk space"},
    {"apache-not-found.html", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"apache-no-parent.html", 409, "", "", 0, 0, false, "parent collection"},
    {"apache-mkcol-no-parent.html", 409, "", "", 0, 0, false, "parent collection"},
    {"apache-mkcol-exists.html", 405, "", "", 0, 0, false, "OPTIONS"},
    {"apache-copy-onto-itself.html", 403, "", "", 0, 0, false, "refuses"},
    {"apache-no-overwrite.html", 412, "", "", 0, 0, false, "condition"},
    {"lighttpd-proppatch.xml", 403, "/t/f", etag, 0, 0, false, "Leave {DAV:}getetag out: the server computes it"},
    {"lighttpd-lock-member.xml", 423, "", "", 0, 0, false, "excludes this one", {"/t/f", "/t/sub/deep"}},
    {"lighttpd-lock-twice.xml", 423, "", "", 0, 0, false, "excludes this one", {"/t/f"}},
    {"lighttpd-put-locked.html", 423, "", "", 0, 0, false, "lock"},
    {"lighttpd-proppatch-locked.html", 423, "", "", 0, 0, false, "lock"},
    {"lighttpd-full-disk.html", 500, "", "", 0, 0, false, "log"},
    {"lighttpd-not-found.html", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"lighttpd-no-parent.html", 409, "", "", 0, 0, false, "parent collection"},
    {"lighttpd-mkcol-no-parent.html", 409, "", "", 0, 0, false, "parent collection"},
    {"lighttpd-mkcol-exists.html", 405, "", "", 0, 0, false, "OPTIONS"},
    {"lighttpd-copy-onto-itself.html", 403, "", "", 0, 0, false, "refuses"},
    {"lighttpd-no-overwrite.html", 412, "", "", 0, 0, false, "condition"},
    {"nginx-proppatch.html", 405, "", "", 0, 0, false, "OPTIONS"},
    {"nginx-proppatch-locked.html", 405, "", "", 0, 0, false, "OPTIONS"},
    {"nginx-not-found.html", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"nginx-no-parent.html", 500, "", "", 0, 0, false, "log"},
    {"nginx-full-disk.html", 500, "", "", 0, 0, false, "log"},
    {"nginx-copy-onto-itself.html", 500, "", "", 0, 0, false, "log"},
    {"nginx-mkcol-no-parent.html", 409, "", "", 0, 0, false, "parent collection"},
    {"nginx-mkcol-exists.html", 405, "", "", 0, 0, false, "OPTIONS"},
    {"nginx-no-overwrite.html", 412, "", "", 0, 0, false, "condition"},
    {"rclone-proppatch.xml", 403, "/t/f", etag, 1, 0, true, "Leave {DAV:}getetag out: the server computes it"},
    {"rclone-proppatch-locked.txt", 423, "", "", 0, 0, false, "lock"},
    {"rclone-put-locked.txt", 423, "", "", 0, 0, false, "lock"},
    {"rclone-lock-member.txt", 423, "", "", 0, 0, false, "lock"},
    {"rclone-lock-twice.txt", 423, "", "", 0, 0, false, "lock"},
    {"rclone-delete-locked.txt", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"rclone-not-found.txt", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"rclone-no-parent.txt", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"rclone-mkcol-no-parent.txt", 409, "", "", 0, 0, false, "parent collection"},
    {"rclone-full-disk.txt", 405, "", "", 0, 0, false, "OPTIONS"},
    {"rclone-copy-onto-itself.txt", 403, "", "", 0, 0, false, "refuses"},
    {"rclone-no-overwrite.txt", 412, "", "", 0, 0, false, "condition"},
    {"sabre-proppatch.xml", 403, "/t/f", etag, 1, 0, true, "Leave {DAV:}getetag out"},
    {"sabre-proppatch-locked.xml", 423, "", "", 0, 0, false, "token", {"t/f"}},
    {"sabre-put-locked.xml", 423, "", "", 0, 0, false, "token", {"t/f"}},
    {"sabre-lock-twice.xml", 423, "", "", 0, 0, false, "excludes this one", {"t/f"}},
    {"sabre-copy-over-locked.xml", 423, "", "", 0, 0, false, "token", {"t/f"}},
    {"sabre-move-locked.xml", 423, "", "", 0, 0, false, "token", {"t/f"}},
    {"sabre-delete-locked.xml", 423, "", "", 0, 0, false, "token", {"t/f"}},
    {"sabre-not-found.xml", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"sabre-no-parent.xml", 404, "", "", 0, 0, false, "nothing at this URL"},
    {"sabre-mkcol-no-parent.xml", 409, "", "", 0, 0, false, "parent collection"},
    {"sabre-mkcol-exists.xml", 405, "", "", 0, 0, false, "OPTIONS"},
    {"sabre-copy-onto-itself.xml", 403, "", "", 0, 0, false, "refuses"},
    {"sabre-no-overwrite.xml", 412, "", "", 0, 0, false, "condition"},
};

class OtherServers : public testing::TestWithParam<Expected> {};

TEST_P(OtherServers, TheRightCauseOfEachCapturedBodyIsNamed) {
    const auto& expected = GetParam();
    const auto explanation = explain_body(captured(expected.file));
    ASSERT_TRUE(explanation) << explanation.error();
    ASSERT_TRUE(explanation->cause);
    const auto& cause = *explanation->cause;
    EXPECT_EQ(cause.href, expected.href);
    EXPECT_EQ(cause.status, expected.status);
    EXPECT_EQ(cause.properties,
              *expected.property ? std::vector<std::string>{expected.property} : std::vector<std::string>{});
    EXPECT_EQ(cause.culprits, expected.culprits);
    EXPECT_EQ(explanation->dependents.size(), expected.dependents);
    EXPECT_EQ(explanation->others.size(), expected.others);
    EXPECT_EQ(explanation->inferred, expected.inferred);
    EXPECT_NE(advice(*explanation).find(expected.advised), std::string::npos) << advice(*explanation);
    const auto text = as_text(*explanation);
    EXPECT_EQ(text.find("inferred") != text.npos, expected.inferred) << text;
    EXPECT_NE(text.find(std::to_string(expected.status)), text.npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Captured, OtherServers, testing::ValuesIn(other_servers), [](const auto& row) {
    std::string name = row.param.file;
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

TEST(Explain, EveryCapturedBodyHasATest) {
    std::set<std::string> tried;
    for (const auto& row : other_servers) tried.insert(row.file);
    for (const auto& entry : std::filesystem::directory_iterator(std::string(DAVIT_TESTS_DIR) + "/app/captured"))
        EXPECT_TRUE(tried.contains(entry.path().filename())) << entry.path();
}

std::string our_error(const std::string& facts) {
    return "<D:error xmlns:D='DAV:' xmlns:s='http://sabredav.org/ns' "
           "xmlns:e='urn:davit:error'><s:message>said</s:message>" +
           facts + "</D:error>";
}

TEST(Explain, ALockNamesItsHolderAndItsExpiry) {
    const auto explanation = explain_body(our_error(
        "<e:detail code='locked' retryable='true' changed='none' request-id='i'><e:lock href='/f' scope='exclusive' "
        "owner='alice' expires='2026-01-01T12:00:00Z' remaining='3575'/></e:detail>"));
    ASSERT_TRUE(explanation);
    EXPECT_EQ(explanation->cause->status, 423U);
    ASSERT_EQ(explanation->cause->locks.size(), 1U);
    EXPECT_EQ(advice(*explanation),
              "alice holds /f until 2026-01-01T12:00:00Z (59 minutes from this answer on). Send the lock's token in an "
              "If header if it is yours; otherwise wait, or ask its holder.");
    EXPECT_NE(as_json(*explanation)
                  .find(R"("locks":[{"href":"/f","scope":"exclusive","owner":"alice","expires":"2026-01-01T12:00:00Z",)"
                        R"("remaining":3575}])"),
              std::string::npos)
        << as_json(*explanation);
}

TEST(Explain, AFullDiskNamesTheMissingSpace) {
    const auto explanation = explain_body(our_error(
        "<e:detail code='no-space' retryable='true' changed='none' request-id='i'><e:room needed='1288490189' "
        "available='314572800'/></e:detail>"));
    ASSERT_TRUE(explanation);
    EXPECT_EQ(advice(*explanation),
              "Free at least 928.8 MiB on the server (1.2 GiB needed, 300.0 MiB available), then repeat the request.");
    EXPECT_NE(as_json(*explanation).find(R"("room":{"needed":1288490189,"available":314572800})"), std::string::npos);
}

TEST(Explain, ProblemJsonGivesTheSameAdvice) {
    const auto locked =
        explain_body(R"({"status":423,"code":"lock-conflict","detail":"said","locks":[{"href":"/f","scope":"shared",)"
                     R"("expires":"2026-01-01T12:00:00Z","remaining":60}]})");
    ASSERT_TRUE(locked);
    EXPECT_EQ(advice(*locked),
              "A client holds /f until 2026-01-01T12:00:00Z (60 seconds from this answer on). Wait until the lock is "
              "released or runs out, or ask its holder.");
    const auto full = explain_body(R"({"status":507,"code":"no-space","room":{"needed":3072,"available":1024}})");
    ASSERT_TRUE(full);
    EXPECT_EQ(advice(*full),
              "Free at least 2.0 KiB on the server (3.0 KiB needed, 1.0 KiB available), then repeat the "
              "request.");
}

TEST(Explain, JsonNumbersThatAreNoStatusDoNoHarm) {
    for (const auto* number : {"-1", "1e300", "4294967296", "0.5", "18446744073709551616"})
        EXPECT_NO_THROW((void)explain_body(std::string(R"({"code":"no-space","detail":"x","status":)") + number + "}"));
}

TEST(Explain, OurOwnSaysWhatDependsOnWhat) {
    const auto explanation = explain_body(
        "<D:multistatus "
        "xmlns:D='DAV:'><D:response><D:href>/f</D:href><D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 "
        "Forbidden</D:status>"
        "<D:error><D:cannot-modify-protected-property/><e:root-cause xmlns:e='urn:davit:error' "
        "code='protected-property' retryable='false' "
        "changed='none' "
        "request-id='id-1'/></D:error><D:responsedescription>no</D:responsedescription></"
        "D:propstat><D:propstat><D:prop><a xmlns='urn:z'/>"
        "</D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status><D:error><e:failed-dependency "
        "xmlns:e='urn:davit:error' href='/f' property='getetag' "
        "namespace='DAV:' status='403' code='protected-property' "
        "index='0'/></D:error></D:propstat></D:response></D:multistatus>");
    ASSERT_TRUE(explanation);
    EXPECT_FALSE(explanation->inferred);
    EXPECT_EQ(explanation->cause->code, "protected-property");
    EXPECT_EQ(explanation->retryable, false);
    EXPECT_EQ(explanation->request_id, "id-1");
    const auto text = as_text(*explanation);
    EXPECT_LT(text.find("Cause: {DAV:}getetag of /f: 403 protected-property"),
              text.find("not done because of it: {urn:z}a of /f"))
        << text;
    EXPECT_NE(as_json(*explanation).find("\"code\":\"protected-property\""), std::string::npos);
}

TEST(Explain, WhatIsNoFailureBodyIsSaid) {
    for (const auto& body : {std::string("<html><title>Fine</title></html>"), std::string("OK"), std::string("<x/>"),
                             std::string("{}"), std::string("{")})
        EXPECT_FALSE(explain_body(body)) << body;
    const auto fine = explain_body(
        "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/f</D:href><D:status>HTTP/1.1 200 "
        "OK</D:status></D:response></D:multistatus>");
    ASSERT_TRUE(fine);
    EXPECT_EQ(advice(*fine), "Nothing failed.");
}

}  // namespace
}  // namespace davit::app
