// LOCK and UNLOCK without blocking: one transaction each, whose continuation is called exactly once.
#include <gtest/gtest.h>

#include "davit/engine/lock.hpp"
#include "engine/memory_store.hpp"

namespace davit::engine {
namespace {

using testing::World;

LockRequest request_for(const Target& target) {
    return {target, {LockScope::exclusive, ""}, Depth::zero, std::nullopt};
}

/// All answers that the continuation got.
std::vector<Answer<LockOutcome>> lock_then(World& world, const Target& target) {
    std::vector<Answer<LockOutcome>> answers;
    lock(world.services, request_for(target),
         [&](Answer<LockOutcome> answer) { answers.push_back(std::move(answer)); });
    return answers;
}
std::vector<Answer<void>> unlock_then(World& world, const Target& target, const LockToken& token) {
    std::vector<Answer<void>> answers;
    unlock(world.services, target, token, [&](Answer<void> answer) { answers.push_back(std::move(answer)); });
    return answers;
}

TEST(LockTransaction, TakesAndReleasesALockAndTellsItsContinuationOnce) {
    World world;
    world.file("/f");
    const auto taken = lock_then(world, World::target("/f"));
    ASSERT_EQ(taken.size(), 1U);
    ASSERT_TRUE(taken.front());
    const auto token = taken.front()->lock->token;
    EXPECT_EQ(world.locks.find(token), taken.front()->lock);
    EXPECT_FALSE(taken.front()->created);
    const auto released = unlock_then(world, World::target("/f"), token);
    ASSERT_EQ(released.size(), 1U);
    EXPECT_TRUE(released.front());
    EXPECT_TRUE(world.locks.empty());
}

TEST(LockTransaction, RefusalsReachTheContinuation) {
    World world;
    world.file("/f");
    ASSERT_TRUE(lock(world.services, request_for(World::target("/f"))));
    const auto conflict = lock_then(world, World::target("/f"));
    ASSERT_EQ(conflict.size(), 1U);
    EXPECT_EQ(conflict.front().error().failure.code, FailureCode::lock_conflict);
    const auto mismatch = unlock_then(world, World::target("/f"), "urn:uuid:none");
    ASSERT_EQ(mismatch.size(), 1U);
    EXPECT_EQ(mismatch.front().error().failure.code, FailureCode::lock_token_mismatch);
    EXPECT_EQ(world.locks.count(), 1U);
}

TEST(LockTransaction, AFailingStoreLeavesNoLockAndReachesTheContinuation) {
    for (int k = 1; k <= 2; ++k) {
        World world;
        world.file("/f");
        world.fault.fail_at = k;
        const auto answers = lock_then(world, World::target("/f"));
        ASSERT_EQ(answers.size(), 1U);
        EXPECT_EQ(answers.front().error().failure.code, FailureCode::no_space);
        EXPECT_TRUE(world.locks.empty());
    }
}

TEST(LockTransaction, WhatWouldHaveToWaitIsRefusedWithNothingDone) {
    World world;
    world.file("/f");
    const auto token = lock(world.services, request_for(World::target("/f")))->lock->token;
    const auto before = world.resources.nodes;
    const auto code = [](const auto& answers) { return answers.at(0).error().failure.code; };
    EXPECT_EQ(code(lock_then(world, World::target("/new"))), FailureCode::would_block) << "a file has to be made";
    const auto with_if = World::with_tokens("/f", {token});
    EXPECT_EQ(code(lock_then(world, with_if)), FailureCode::would_block) << "an If header may ask for entity tags";
    EXPECT_EQ(code(unlock_then(world, with_if, token)), FailureCode::would_block);
    EXPECT_EQ(world.resources.nodes, before);
    EXPECT_EQ(world.locks.count(), 1U);
    EXPECT_TRUE(unlock(world.services, with_if, token)) << "a worker may wait";
}

}  // namespace
}  // namespace davit::engine
