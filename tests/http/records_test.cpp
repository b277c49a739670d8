#include <gtest/gtest.h>

#include "davit/http/access_log.hpp"
#include "davit/http/metrics.hpp"
#include "davit/http/problem_json.hpp"
#include "davit/http/recent_failures.hpp"

namespace davit::http {
namespace {

std::shared_ptr<const FailureReport> report() {
    engine::Refusal refusal(Failure{FailureCode::no_space, "full \"disk\"\n", {}});
    refusal.failure.system = SystemError{28, "fsetxattr"};
    refusal.dependents = 3;
    refusal.property = PropertyName{"urn:z", "p"};
    return std::make_shared<const FailureReport>(FailureReport{refusal, "/f"});
}

AccessRecord record() {
    AccessRecord made;
    made.request_id = "id-1";
    made.method = "PROPPATCH";
    made.target = "/f\"\n";
    made.client = "127.0.0.1";
    made.status = 207;
    made.failure = report();
    return made;
}

TEST(AccessLog, ARequestMakesOneLineWhateverTheClientSends) {
    const auto text = format_record(record(), LogFormat::text);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    for (const auto* part : {"id-1", "first_failure.code=no-space", "first_failure.errno=28",
                             "first_failure.syscall=fsetxattr", "dependents=3", "first_failure.property=\"{urn:z}p\""})
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    const auto json = format_record(record(), LogFormat::json);
    EXPECT_EQ(json.find('\n'), std::string::npos);
    EXPECT_NE(json.find("\"dependents\":3"), std::string::npos);
}

TEST(AccessLog, LinesContainNoControlCharacters) {
    auto made = record();
    made.principal = "eva\u009b2J\xff";
    made.target = "/\u202efdp.x\u00f6\\";
    const auto text = format_record(made, LogFormat::text);
    for (const auto* part : {R"(user="eva\u009b2J\xff")", "\"/\\u202efdp.x\u00f6\\x5c\""})
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(Metrics, ACauseIsCountedOnceWhateverItsNumberOfDependents) {
    Metrics metrics;
    for (int i = 0; i < 2; ++i) metrics.finished(record());
    auto odd = record();
    odd.method = "WHATEVER";
    odd.failure = nullptr;
    metrics.finished(odd);
    const auto text = metrics.expose();
    EXPECT_NE(text.find("davit_first_failures_total{code=\"no-space\",method=\"PROPPATCH\"} 2"), std::string::npos)
        << text;
    EXPECT_NE(text.find("method=\"other\""), std::string::npos);
    EXPECT_EQ(text.find("WHATEVER"), std::string::npos);
}

TEST(RecentFailures, TheNewestOfAnIdAndNoMoreThanTheCapacity) {
    RecentFailures failures(2);
    auto one = record();
    failures.finished(one);
    one.status = 507;
    failures.finished(one);
    EXPECT_EQ(failures.find("id-1")->status, 507U);
    for (const auto* id : {"id-2", "id-3"}) {
        one.request_id = id;
        failures.finished(one);
    }
    EXPECT_FALSE(failures.find("id-1"));
    EXPECT_TRUE(failures.find("id-3"));
}

/// One failed property, and many that depend on it.
std::shared_ptr<const FailureReport> large_report(std::size_t dependents) {
    engine::Refusal refusal(Failure{FailureCode::protected_property, "getetag is protected", {}});
    const auto path = ResourcePath::parse("/f").value();
    std::vector<PropertyName> names;
    for (std::size_t i = 0; i < dependents; ++i) names.push_back({std::string(500, 'n'), std::to_string(i)});
    const std::vector<PropStat> groups{
        {{{"DAV:", "getetag"}}, refusal.failure},
        {names, Cause{path, false, PropertyName{"DAV:", "getetag"}, FailureCode::protected_property, 0}}};
    refusal.body = MultiStatus({Response{path, false, groups}});
    return std::make_shared<const FailureReport>(FailureReport{refusal, "/f"});
}

TEST(RecentFailures, OfALargeFailureTheBeginningIsKept) {
    RecentFailures failures(10);
    auto made = record();
    made.failure = large_report(4000);
    failures.finished(made);
    const auto found = failures.find("id-1");
    ASSERT_TRUE(found);
    const auto& body = *found->report->refusal.body;
    const auto& groups = std::get<std::vector<PropStat>>(body.responses().front().body);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups.front().names.front().local, "getetag");
    EXPECT_GT(groups.back().names.size(), 5U);
    EXPECT_EQ(groups.back().names.size() + found->left_out, 4000U);
    EXPECT_EQ(found->report->refusal.failure.sentence, "getetag is protected");
}

TEST(RecentFailures, TakeNoMoreMemoryThanTheirBoundWhateverFails) {
    RecentFailures failures(1'000'000);
    auto made = record();
    const std::string target(100'000, 't');
    made.target = target;
    for (const std::size_t dependents : {0U, 20U, 4000U}) {
        made.failure = large_report(dependents);
        for (int i = 0; i < 3000; ++i) failures.finished(made);
        EXPECT_LE(failures.bytes(), RecentFailures::max_bytes);
    }
    EXPECT_TRUE(failures.find("id-1"));
}

TEST(ProblemJson, IsSentOnlyToClientsThatPreferIt) {
    EXPECT_TRUE(prefers_json("application/problem+json"));
    EXPECT_TRUE(prefers_json("application/xml;q=0.5, application/json"));
    for (const auto* accept :
         {"", "*/*", "text/xml, application/json", "application/xml", "application/json;q=0.1, text/xml"})
        EXPECT_FALSE(prefers_json(accept)) << accept;
}

}  // namespace
}  // namespace davit::http
