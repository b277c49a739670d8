#include "davit/http/ticket_keys.hpp"

#include <gtest/gtest.h>

namespace davit::http {
namespace {

using namespace std::chrono_literals;

constexpr TicketKeys::Time start{1000h};
constexpr auto period = TicketKeys::period;

TEST(TicketKeys, StayForAPeriodAndOpenTicketsForOneMore) {
    TicketKeys keys;
    const auto first = keys.current(start).value();
    EXPECT_EQ(keys.current(start + period - 1s)->name, first.name);
    const auto second = keys.current(start + period).value();
    EXPECT_NE(second.name, first.name);
    EXPECT_NE(second.cipher, first.cipher);
    EXPECT_NE(second.mac, first.mac);
    const auto found = keys.find(first.name.data(), start + 2 * period - 1s);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->cipher, first.cipher);
    EXPECT_EQ(found->mac, first.mac);
    EXPECT_FALSE(keys.find(first.name.data(), start + 2 * period));
    EXPECT_TRUE(keys.find(second.name.data(), start + 2 * period));
}

TEST(TicketKeys, ExpireWithoutAnyRequest) {
    TicketKeys keys;
    const auto old = keys.current(start).value();
    EXPECT_FALSE(keys.find(old.name.data(), start + 100 * period));
    EXPECT_NE(keys.current(start + 100 * period)->name, old.name);
}

TEST(TicketKeys, OfAnotherServerAreUnknown) {
    TicketKeys ours, theirs;
    ours.current(start);
    EXPECT_FALSE(ours.find(theirs.current(start)->name.data(), start));
}

}  // namespace
}  // namespace davit::http
