#include "../../src/fs/content_clock.hpp"

#include <gtest/gtest.h>

namespace davit::fs {
namespace {

std::int64_t system_time = 0;
std::int64_t set_time() {
    return system_time;
}
std::int64_t next_of(ContentClock& clock) {
    return clock.next().time_since_epoch().count();
}
constexpr std::int64_t second = 1'000'000'000;

TEST(ContentClockTest, TimesIncreaseWhileTheSystemClockStandsStillOrGoesBackALittle) {
    ContentClock clock(set_time);
    system_time = 1000 * second;
    EXPECT_EQ(next_of(clock), 1000 * second);
    EXPECT_EQ(next_of(clock), 1000 * second + 1);
    system_time -= second / 2;
    EXPECT_EQ(next_of(clock), 1000 * second + 2);
}

TEST(ContentClockTest, JumpIntoTheFutureAndBackLeavesNoTimesInTheFuture) {
    ContentClock clock(set_time);
    system_time = 1000 * second;
    (void)clock.next();
    system_time = 900'000 * second;
    EXPECT_EQ(next_of(clock), 900'000 * second);
    system_time = 1001 * second;
    EXPECT_EQ(next_of(clock), 1001 * second);
    EXPECT_EQ(next_of(clock), 1001 * second + 1);
}

}  // namespace
}  // namespace davit::fs
