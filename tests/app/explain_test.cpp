#include "davit/app/explain.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace davit::app {
namespace {

/// Bodies as other servers sent them, kept under tests/app/captured.
std::string captured(const std::string& name) {
    std::ifstream in(std::string(DAVIT_TESTS_DIR) + "/app/captured/" + name + ".xml");
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.view().empty()) << name;
    return text.str();
}

struct Expected {
    const char* file;
    const char* href;
    const char* property;  ///< "" when it is not about one
    unsigned status;
    std::size_t dependents;
    bool inferred;
};

TEST(Explain, OtherServersBodies) {
    for (const auto& [file, href, property, status, dependents, inferred] : {
             Expected{"apache-proppatch", "/t/f", "{DAV:}getetag", 409, 2, true},
             Expected{"apache-lock", "/t/f", "", 423, 1, true},
             Expected{"apache-delete", "/t/f", "", 423, 0, false},
             Expected{"rclone-proppatch", "/t/f", "{DAV:}getetag", 403, 1, true},
         }) {
        const auto explanation = explain_body(captured(file));
        ASSERT_TRUE(explanation) << file << ": " << explanation.error();
        ASSERT_TRUE(explanation->cause) << file;
        EXPECT_EQ(explanation->cause->href, href) << file;
        EXPECT_EQ(explanation->cause->status, status) << file;
        if (*property) {
            EXPECT_EQ(explanation->cause->properties, std::vector<std::string>{property}) << file;
        }
        EXPECT_EQ(explanation->dependents.size(), dependents) << file;
        EXPECT_EQ(explanation->inferred, inferred) << file;
        EXPECT_FALSE(advice(*explanation).empty());
    }
}

TEST(Explain, AnErrorWithoutStatus) {
    const auto explanation = explain_body(captured("lighttpd-lock"));
    ASSERT_TRUE(explanation);
    EXPECT_EQ(explanation->cause->code, "no-conflicting-lock");
    EXPECT_EQ(explanation->cause->culprits, std::vector<std::string>{"/t/f"});
    EXPECT_NE(advice(*explanation).find("lock"), std::string::npos);
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
    for (const auto& body : {captured("apache-put"), std::string("Locked"), std::string("<x/>"), std::string("{}"),
                             std::string("{"), std::string()})
        EXPECT_FALSE(explain_body(body)) << body;
    const auto fine = explain_body(
        "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/f</D:href><D:status>HTTP/1.1 200 "
        "OK</D:status></D:response></D:multistatus>");
    ASSERT_TRUE(fine);
    EXPECT_EQ(advice(*fine), "Nothing failed.");
}

}  // namespace
}  // namespace davit::app
