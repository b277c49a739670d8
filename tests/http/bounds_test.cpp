// What bounds a client: memory, pace, connections.
#include <gtest/gtest.h>

#include "davit/http/client_table.hpp"
#include "davit/http/memory_budget.hpp"
#include "davit/http/pace.hpp"

namespace davit::http {
namespace {

using namespace std::chrono_literals;

TEST(MemoryBudget, SharesTogetherStayBelowTheLimit) {
    MemoryBudget budget;
    MemoryBudget::Share one(budget);
    {
        MemoryBudget::Share two(budget);
        EXPECT_TRUE(one.try_hold(60, 100));
        EXPECT_FALSE(two.try_hold(50, 100));
        EXPECT_TRUE(two.try_hold(40, 100));
        EXPECT_FALSE(one.try_hold(61, 100));
        EXPECT_TRUE(one.try_hold(10, 100));
        two.hold(1000);  // exists already
        EXPECT_EQ(budget.used(), 1010U);
    }
    EXPECT_EQ(budget.used(), 10U);
    EXPECT_EQ(budget.take_peak(), 1010U);
    EXPECT_EQ(budget.take_peak(), 10U);
}

TEST(MemoryBudget, LargeRequestsLeaveHalfToSmallOnes) {
    EXPECT_EQ(limit_for(small_share, 1000), 1000U);
    EXPECT_EQ(limit_for(small_share + 1, 1000), 500U);
}

TEST(Pace, NoByteForTheTimeoutIsStalled) {
    Pace pace(10s, 0);
    EXPECT_EQ(pace.judge(6s, 1), Pace::Verdict::fine);
    EXPECT_EQ(pace.judge(6s, 1), Pace::Verdict::fine);
    EXPECT_EQ(pace.judge(4s, 1), Pace::Verdict::stalled);
}

TEST(Pace, FewerBytesThanTheRateAreSlow) {
    Pace pace(10s, 100);
    EXPECT_EQ(pace.judge(5s, 1), Pace::Verdict::fine);
    EXPECT_EQ(pace.judge(5s, 999), Pace::Verdict::slow);
    Pace fast(10s, 100);
    EXPECT_EQ(fast.judge(5s, 1), Pace::Verdict::fine);
    EXPECT_EQ(fast.judge(5s, 1000), Pace::Verdict::fine);
}

TEST(Pace, BytesOfEarlierDoNotExcuseALaterWindow) {
    Pace pace(10s, 100);
    EXPECT_EQ(pace.judge(10s, 1'000'000'000), Pace::Verdict::fine);
    EXPECT_EQ(pace.judge(5s, 1'000'000'001), Pace::Verdict::fine);
    EXPECT_EQ(pace.judge(5s, 1'000'000'002), Pace::Verdict::slow);
}

TEST(Pace, TimeLeftEndsWithTheWindowOrTheStall) {
    Pace pace(10s, 100);
    EXPECT_EQ(pace.left(), 10s);
    pace.judge(4s, 0);
    EXPECT_EQ(pace.left(), 6s);
    pace.judge(1s, 5);
    EXPECT_EQ(pace.left(), 5s);
}

TEST(ClientTable, CountsAnIpv4AddressAndAnIpv6Network) {
    ClientTable table;
    auto first = table.enter("192.0.2.1", 2);
    auto second = table.enter("::ffff:192.0.2.1", 2);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(table.enter("192.0.2.1", 2));
    EXPECT_TRUE(table.enter("192.0.2.2", 2));
    const auto network = table.enter("2001:db8::1", 1);
    EXPECT_FALSE(table.enter("2001:db8::ffff:2", 1));
    EXPECT_TRUE(table.enter("2001:db8:0:1::1", 1));
    second.reset();
    EXPECT_TRUE(table.enter("192.0.2.1", 2));
}

TEST(ClientTable, ThisMachineAndWhatIsNoAddressAreNotCounted) {
    ClientTable table;
    for (const auto* client : {"127.0.0.1", "127.9.9.9", "::1", "unix", "_hidden", ""}) {
        const auto one = table.enter(client, 1);
        EXPECT_TRUE(one && table.enter(client, 1)) << client;
    }
    const auto one = table.enter("192.0.2.1", 0);
    EXPECT_TRUE(one && table.enter("192.0.2.1", 0));
}

}  // namespace
}  // namespace davit::http
