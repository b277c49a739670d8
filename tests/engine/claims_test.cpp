#include "davit/engine/claims.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
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

TEST(Claims, ClaimsOnOverlappingResourcesConflict) {
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

TEST(Claims, ConflictingClaimsAreGrantedInTheOrderOfArrival) {
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

TEST(Claims, ConditionsOnOtherResourcesAreShared) {
    IfHeader header;
    header.lists.push_back({ResourceTag{path("/guard")}, {{false, LockToken("urn:x")}}});
    header.lists.push_back({std::nullopt, {{true, LockToken("urn:y")}}});
    header.lists.push_back({ResourceTag{}, {}});  // another server's
    ClaimTable table;
    const auto held = try_claim(table, with_conditions(claim_member(path("/d/a")), header));
    ASSERT_TRUE(held);
    EXPECT_FALSE(try_claim(table, claim_member(path("/guard"))));
    ClaimTable other;
    const auto first = try_claim(other, with_conditions(claim_member(path("/d/a")), header));
    EXPECT_TRUE(try_claim(other, with_conditions(claim_member(path("/d/b")), header)));
    EXPECT_EQ(with_conditions(claim_resource(path("/d")), std::nullopt).size(), 1U);
}

/// What a conflict is, told again without an index.
bool conflict(const ClaimItems& a, const ClaimItems& b) {
    for (const auto& x : a)
        for (const auto& y : b) {
            const bool overlap =
                x.path == y.path || (x.subtree && x.path.contains(y.path)) || (y.subtree && y.path.contains(x.path));
            if (overlap && (x.exclusive || y.exclusive)) return true;
        }
    return false;
}

/// Few names and little depth, so that trees overlap all the time.
ResourcePath random_path(std::mt19937& chance) {
    std::string text;
    for (auto depth = chance() % 4; depth > 0; --depth) text += std::string("/") + "abc"[chance() % 3];
    return text.empty() ? ResourcePath() : path(text);
}

ClaimItems random_claim(std::mt19937& chance) {
    const auto one = random_path(chance);
    const auto other = random_path(chance);
    switch (chance() % 8) {
        case 0:
            return claim_tree(one);
        case 1:
            return claim_copy(one, other);
        case 2:
            return claim_move(one, other);
        case 3:
            return claim_resource(one);
        case 4:
            return {{one, true, false}, {other, false, false}};
        default:
            return claim_member(one);
    }
}

/// One thread and a second, slow account of who may go: nobody before it, held or waiting, conflicts with it.
TEST(Claims, RandomClaimsAreGrantedInTheOrderOfArrival) {
    struct Expected {
        int number;
        ClaimItems items;
    };
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 chance(seed);
        ClaimTable table;
        std::map<int, Claim> held;
        std::vector<Expected> order;
        const auto check = [&] {
            for (auto place = order.begin(); place != order.end(); ++place) {
                const bool may_go = std::none_of(order.begin(), place, [&](const Expected& earlier) {
                    return conflict(earlier.items, place->items);
                });
                ASSERT_EQ(held.contains(place->number), may_go) << "seed " << seed;
            }
        };
        for (int turn = 0; turn < 120; ++turn) {
            if (turn < 80 && chance() % 5 < 3) {
                order.push_back({turn, random_claim(chance)});
                table.acquire(order.back().items, [&held, turn](Claim claim) { held[turn] = std::move(claim); });
            } else if (!held.empty()) {
                auto chosen = std::next(held.begin(), chance() % static_cast<unsigned>(held.size()));
                const int number = chosen->first;
                auto claim = std::move(chosen->second);
                held.erase(chosen);
                std::erase_if(order, [&](const Expected& each) { return each.number == number; });
                claim.release();
            }
            ASSERT_NO_FATAL_FAILURE(check());
        }
    }
}

/// Holds what was granted for a while, and knows whether two were ever granted that conflict.
class Holders {
public:
    struct Held {
        const ClaimItems* items;
        Claim claim;
    };

    void granted(const ClaimItems& items, Claim claim) {
        const std::lock_guard guard(mutex_);
        for (const auto& other : held_) broken_ |= conflict(*other.items, items);
        held_.push_back({&items, std::move(claim)});
        ++granted_;
        changed_.notify_one();
    }

    /// Gives one back, not always the oldest; false when all `total` have been.
    bool release_one(std::mt19937& chance, int total) {
        std::unique_lock guard(mutex_);
        changed_.wait(guard, [&] { return !held_.empty() || released_ == total; });
        if (held_.empty()) return false;
        const auto chosen = std::next(held_.begin(), chance() % static_cast<unsigned>(held_.size()));
        auto claim = std::move(chosen->claim);
        held_.erase(chosen);
        if (++released_ == total) changed_.notify_all();
        guard.unlock();
        claim.release();
        return true;
    }

    int granted() const { return granted_; }
    bool broken() const { return broken_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Held> held_;
    int granted_ = 0;
    int released_ = 0;
    bool broken_ = false;
};

/// Threads that claim and never wait, others that give back: no two that conflict are held, everybody is granted.
TEST(Claims, ConflictingClaimsOfManyThreadsNeverOverlap) {
    constexpr int threads = 8;
    constexpr int each = 1000;
    ClaimTable table;
    Holders holders;
    std::deque<ClaimItems> claims;
    std::mt19937 chance(4918);
    for (int i = 0; i < threads * each; ++i) claims.push_back(random_claim(chance));

    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread)
        running.emplace_back([&, thread] {
            for (int i = 0; i < each; ++i) {
                const auto& items = claims[static_cast<std::size_t>(thread * each + i)];
                table.acquire(items, [&](Claim claim) { holders.granted(items, std::move(claim)); });
            }
        });
    for (unsigned thread = 0; thread < threads; ++thread)
        running.emplace_back([&, thread] {
            std::mt19937 mine(thread);
            while (holders.release_one(mine, threads * each)) continue;
        });
    for (auto& thread : running) thread.join();
    EXPECT_EQ(holders.granted(), threads * each);
    EXPECT_FALSE(holders.broken());
}

}  // namespace
}  // namespace davit::engine
