#include "davit/plan/plan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace davit::plan {
namespace {

Step step(std::vector<StepIndex> needs = {}) {
    return {ResourcePath(), std::move(needs)};
}
Failure failure(FailureCode code = FailureCode::locked) {
    return {code, "no", {}};
}

std::string letters(const Report& report) {
    std::string out;
    for (const auto& outcome : report.outcomes()) out += "sfd"[outcome.index()];
    return out;
}

TEST(Plan, AllOrNothingStopsAtTheFirstFailureAndEverythingDependsOnIt) {
    for (std::size_t bad = 0; bad < 4; ++bad) {
        std::vector<StepIndex> attempted;
        const auto report = execute({Atomicity::all_or_nothing, {step(), step(), step(), step()}}, [&](StepIndex i) {
            attempted.push_back(i);
            return i >= bad ? std::optional(failure()) : std::nullopt;
        });
        EXPECT_EQ(attempted.size(), bad + 1);
        EXPECT_EQ(report.first_cause(), bad);
        EXPECT_EQ(report.causes().size(), 1U);
        EXPECT_EQ(report.dependents(), 3U);
        for (StepIndex i = 0; i < 4; ++i)
            if (i != bad) {
                EXPECT_EQ(std::get<FailedDependency>(report.outcomes()[i]).cause(), bad);
            }
    }
}

TEST(Plan, APlanWithoutFailuresSucceedsWithoutDependents) {
    const auto report = execute({Atomicity::all_or_nothing, {step(), step()}}, [](StepIndex) { return std::nullopt; });
    EXPECT_TRUE(report.succeeded());
    EXPECT_FALSE(report.first_cause());
    EXPECT_EQ(report.dependents(), 0U);
}

TEST(Plan, BestEffortGoesOnAndOnlyNeedersDepend) {
    // 0 fails; 1 needs 0; 2 needs 1 and so depends on 0, the root; 3 is free; 4 fails by itself; 5 needs 3 and 4.
    const auto report = execute({Atomicity::best_effort, {step(), step({0}), step({1}), step(), step(), step({3, 4})}},
                                [](StepIndex i) { return i == 0 || i == 4 ? std::optional(failure()) : std::nullopt; });
    EXPECT_EQ(letters(report), "fddsfd");
    EXPECT_EQ(std::get<FailedDependency>(report.outcomes()[2]).cause(), 0U);
    EXPECT_EQ(std::get<FailedDependency>(report.outcomes()[5]).cause(), 4U);
    EXPECT_EQ(report.causes(), (std::vector<StepIndex>{0, 4}));
}

TEST(Plan, NeedsPointBackwards) {
    const auto never = [](StepIndex) -> std::optional<Failure> { return std::nullopt; };
    EXPECT_THROW(execute({Atomicity::best_effort, {step({1}), step()}}, never), std::invalid_argument);
    EXPECT_THROW(execute({Atomicity::best_effort, {step({0})}}, never), std::invalid_argument);
}

TEST(Plan, AFailedCommitIsEveryStepsOwnFailure) {
    auto report = execute({Atomicity::all_or_nothing, {step(), step()}}, [](StepIndex) { return std::nullopt; });
    report.commit_failed(failure(FailureCode::no_space));
    EXPECT_EQ(letters(report), "ff");
    EXPECT_EQ(report.dependents(), 0U);
    EXPECT_EQ(report.failure(0).code, FailureCode::no_space);
}

TEST(Plan, RandomPlansKeepTheInvariants) {
    std::mt19937 chance(424);
    for (int round = 0; round < 2000; ++round) {
        Plan plan{round % 2 ? Atomicity::all_or_nothing : Atomicity::best_effort, {}};
        const auto size = chance() % 12;
        std::vector<bool> bad;
        for (StepIndex i = 0; i < size; ++i) {
            plan.steps.push_back(step());
            for (StepIndex j = 0; j < i; ++j)
                if (chance() % 5 == 0) plan.steps.back().needs.push_back(j);
            bad.push_back(chance() % 6 == 0);
        }
        std::vector<bool> tried(size);
        const auto report = execute(plan, [&](StepIndex i) {
            tried[i] = true;
            return bad[i] ? std::optional(failure()) : std::nullopt;
        });
        ASSERT_EQ(report.outcomes().size(), size);
        for (StepIndex i = 0; i < size; ++i) {
            const auto& outcome = report.outcomes()[i];
            if (const auto* dependent = std::get_if<FailedDependency>(&outcome)) {
                ASSERT_TRUE(std::holds_alternative<Failed>(report.outcomes()[dependent->cause()]));
                // With best effort a dependent was never tried; with all or nothing it may have been staged, and well.
                if (tried[i]) {
                    ASSERT_EQ(plan.atomicity, Atomicity::all_or_nothing);
                    ASSERT_FALSE(bad[i]);
                }
            } else {
                ASSERT_TRUE(tried[i]);
                ASSERT_EQ(std::holds_alternative<Failed>(outcome), bad[i]);
            }
        }
        ASSERT_EQ(report.succeeded(), report.causes().empty());
        if (plan.atomicity == Atomicity::all_or_nothing && !report.succeeded()) {
            ASSERT_EQ(report.dependents(), size - 1);
        }
    }
}

}  // namespace
}  // namespace davit::plan
