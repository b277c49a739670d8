#include "davit/engine/claims.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace davit::engine {
namespace {

ResourcePath path(std::string_view text) {
    return ResourcePath::parse(text).value();
}
using Claim = ClaimTable::Claim;

/// Claims at once or not at all.
std::optional<Claim> try_claim(ClaimTable& table, ClaimItems items) {
    auto held = std::make_shared<std::optional<Claim>>();
    table.acquire(std::move(items), [held](Claim claim) { held->emplace(std::move(claim)); });
    if (!*held) return std::nullopt;
    return std::move(**held);
}

TEST(Claims, WhatConflicts) {
    const std::tuple<ClaimItems, ClaimItems, bool> rows[] = {
        {claim_member(path("/d/a")), claim_member(path("/d/b")), true},
        {claim_member(path("/d/a")), claim_member(path("/d/a")), false},
        {claim_tree(path("/d")), claim_member(path("/d/a")), false},
        {claim_member(path("/d/a")), claim_tree(path("/d")), false},
        {claim_copy(path("/s"), path("/d/x")), claim_copy(path("/s"), path("/d/y")), true},
        {claim_copy(path("/s"), path("/x")), claim_resource(path("/s/f")), false},
        {claim_move(path("/a"), path("/b")), claim_move(path("/c"), path("/d")), true},
        {claim_move(path("/a"), path("/b")), claim_move(path("/b"), path("/c")), false},
        {claim_resource(path("/d")), claim_member(path("/d/a")), false},
        {claim_resource(path("/d/a")), claim_resource(path("/d/b")), true},
    };
    for (const auto& [first, second, together] : rows) {
        ClaimTable table;
        const auto held = try_claim(table, first);
        ASSERT_TRUE(held);
        EXPECT_EQ(try_claim(table, second).has_value(), together);
    }
}

TEST(Claims, InOrderOfArrival) {
    ClaimTable table;
    std::string order;
    auto first = try_claim(table, claim_tree(path("/d")));
    std::vector<Claim> held;
    table.acquire(claim_resource(path("/d/a")), [&](Claim claim) { order += 'a', held.push_back(std::move(claim)); });
    table.acquire(claim_tree(path("/d")), [&](Claim claim) { order += 't', held.push_back(std::move(claim)); });
    table.acquire(claim_resource(path("/d/b")), [&](Claim claim) { order += 'b', held.push_back(std::move(claim)); });
    EXPECT_EQ(order, "");
    first->release();
    EXPECT_EQ(order, "a") << "b came after the tree and must not overtake it";
    held[0].release();
    EXPECT_EQ(order, "at");
    held[1].release();
    EXPECT_EQ(order, "atb");
}

TEST(Claims, ManyThreadsNeverTwoInOnePlace) {
    ClaimTable table;
    std::array<std::atomic<int>, 4> inside{};
    std::atomic<int> granted = 0;
    std::atomic<bool> broken = false;
    const auto work = [&](unsigned seed) {
        std::mt19937 chance(seed);
        for (int i = 0; i < 500; ++i) {
            const auto place = chance() % inside.size();
            std::atomic<bool> done = false;
            table.acquire(claim_resource(path("/" + std::to_string(place))), [&](Claim claim) {
                if (inside[place].fetch_add(1) != 0) broken = true;
                inside[place].fetch_sub(1);
                claim.release();
                ++granted;
                done = true;
                done.notify_one();
            });
            done.wait(false);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(granted, 2000);
    EXPECT_FALSE(broken);
}

}  // namespace
}  // namespace davit::engine
