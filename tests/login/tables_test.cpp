#include <gtest/gtest.h>

#include "davit/login/backoff.hpp"
#include "davit/login/credential_cache.hpp"
#include "davit/login/fair_table.hpp"

namespace davit::login {
namespace {

using std::chrono::seconds;
using Table = FairTable<std::string, int>;
constexpr auto entry = Table::overhead;

Backoff::Clock::time_point start() {
    return Backoff::Clock::time_point(std::chrono::hours(100000));
}

TEST(FairTable, EvictsTheOldestOfTheOwnerWhoHasMost) {
    Table table(1000 * entry, 1000 * entry);
    table.put("small", "a", 1, 0);
    std::vector<int> evicted;
    for (int i = 0; i < 1001; ++i)
        table.put("big-" + std::to_string(i), "b", i, 0, [&](int value) { evicted.push_back(value); });
    EXPECT_EQ(table.size(), 1000U);
    EXPECT_EQ(evicted, (std::vector<int>{0, 1}));
    ASSERT_TRUE(table.find("small"));
    EXPECT_TRUE(table.find("big-1000"));
    EXPECT_FALSE(table.find("big-1"));
}

TEST(FairTable, OfEqualOwnersTheOldestEntryGoes) {
    Table table(100 * entry, 100 * entry);
    for (int i = 0; i < 100; ++i) table.put(std::to_string(i), std::to_string(i), i, 0);
    table.put("0", "0", 0, 0);  // is new again
    table.put("x", "x", 100, 0);
    EXPECT_TRUE(table.find("0"));
    EXPECT_FALSE(table.find("1"));
    EXPECT_TRUE(table.find("x"));
}

TEST(FairTable, AnOwnerHasABoundTooAndWeightsCount) {
    Table table(1000 * entry, 10 * entry);
    for (int i = 0; i < 100; ++i) table.put("a" + std::to_string(i), "a", i, 0);
    EXPECT_EQ(table.size(), 10U);
    table.put("heavy", "a", 1, 5 * entry);
    EXPECT_EQ(table.size(), 5U);
    table.put("heavy", "a", 1, 0);
    EXPECT_EQ(table.size(), 5U);
    EXPECT_EQ(table.weight(), 5 * entry);
    table.put("larger than all room", "b", 1, 2000 * entry);
    EXPECT_FALSE(table.find("larger than all room"));
    EXPECT_EQ(table.size(), 5U);
    table.put("heavy", "c", 1, 0);
    table.keep_if([](int value) { return value == 1; });
    EXPECT_EQ(table.size(), 1U);
    table.erase("heavy");
    table.erase("heavy");
    EXPECT_EQ(table.weight(), 0U);
}

TEST(FairTable, DropsOldEntriesInTheOrderInWhichTheyCame) {
    Table table(1000 * entry, 1000 * entry);
    for (const int i : {1, 2, 5, 3}) table.put(std::to_string(i), "a", i, 0);
    table.drop_while([](int value) { return value < 4; });
    EXPECT_EQ(table.size(), 2U);
    table.drop_while([](int) { return true; });
    EXPECT_EQ(table.size(), 0U);
}

TEST(Backoff, WaitsDoubleAndEnd) {
    Backoff backoff;
    auto now = start();
    const auto wait = [&](const char* address) { return backoff.held(address, "", now).wait; };
    for (unsigned i = 1; i < Backoff::for_address.free_failures; ++i) {
        backoff.failed("192.0.2.1", "", now);
        EXPECT_EQ(wait("192.0.2.1"), seconds(0));
    }
    for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
        backoff.failed("192.0.2.1", "", now);
        EXPECT_EQ(wait("192.0.2.1"), seconds(expected));
        EXPECT_EQ(wait("192.0.2.2"), seconds(0));
        now += seconds(expected);
        EXPECT_EQ(wait("192.0.2.1"), seconds(0));
    }
    now += Backoff::forgotten_after + seconds(1);
    backoff.failed("192.0.2.1", "", now);
    EXPECT_EQ(wait("192.0.2.1"), seconds(0));
}

TEST(Backoff, OneNetworkOfIpv6IsOneAddress) {
    Backoff backoff;
    for (int i = 0; i < 6; ++i) backoff.failed("2001:db8::" + std::to_string(i), "", start());
    EXPECT_GT(backoff.held("2001:db8::ffff", "", start()).wait, seconds(0));
    EXPECT_EQ(backoff.held("2001:db8:0:1::1", "", start()).wait, seconds(0));
}

TEST(Backoff, OneNetworkCannotMakeOthersGuessesForgotten) {
    Backoff backoff;
    for (unsigned i = 0; i < Backoff::for_address.free_failures; ++i) backoff.failed("10.0.0.1", "", start());
    for (int i = 0; i < 40000; ++i) {
        std::array<char, 64> address{};
        std::snprintf(address.data(), address.size(), "2001:db8:1:%x::1", static_cast<unsigned>(i));
        backoff.failed(address.data(), "", start());
    }
    EXPECT_GT(backoff.held("10.0.0.1", "", start()).wait, seconds(0));
}

TEST(Backoff, GuessesAtOneAccountFromManyAddressesAreCounted) {
    Backoff backoff;
    const auto stranger = [](unsigned i) { return "198.51." + std::to_string(i) + ".1"; };
    for (unsigned i = 0; i < Backoff::for_account.free_failures; ++i) {
        EXPECT_EQ(backoff.held(stranger(i), "anna", start()).wait, seconds(0)) << i;
        backoff.failed(stranger(i), "anna", start());
    }
    const auto held = backoff.held(stranger(200), "anna", start());
    EXPECT_GT(held.wait, seconds(0));
    EXPECT_TRUE(held.because_of_account);
    EXPECT_EQ(backoff.held(stranger(200), "zoe", start()).wait, seconds(0));
    for (unsigned i = 0; i < 100; ++i) backoff.failed(stranger(i), "anna", start());
    EXPECT_EQ(backoff.held(stranger(200), "anna", start()).wait, Backoff::for_account.longest_wait);
}

TEST(Backoff, AnAddressTheOwnerLoggedInFromIsNotHeldUpByGuessesOfOthers) {
    Backoff backoff;
    backoff.succeeded("2001:db8:7::1", "anna", start());
    for (unsigned i = 0; i < 100; ++i) backoff.failed("198.51." + std::to_string(i) + ".1", "anna", start());
    EXPECT_EQ(backoff.held("2001:db8:7::2", "anna", start()).wait, seconds(0));
    EXPECT_GT(backoff.held("2001:db8:8::1", "anna", start()).wait, seconds(0));
    // It may not guess without end either.
    for (unsigned i = 0; i < Backoff::for_address.free_failures; ++i) backoff.failed("2001:db8:7::2", "anna", start());
    const auto held = backoff.held("2001:db8:7::1", "anna", start());
    EXPECT_GT(held.wait, seconds(0));
    EXPECT_FALSE(held.because_of_account);
    EXPECT_GT(backoff.held("2001:db8:7::1", "zoe", start()).wait, seconds(0));
}

TEST(CredentialCache, WhenItIsFullOnlyTheOldestIsForgotten) {
    CredentialCache cache(seconds(300));
    std::vector<std::string> mistakes;
    const auto accounts = Accounts::read({}, mistakes);
    const auto user = [](int i) { return "user-" + std::to_string(i); };
    EXPECT_FALSE(cache.find("x", accounts, "192.0.2.1"));
    constexpr int many = 30000;
    for (int i = 0; i < many; ++i)
        cache.remember(user(i), accounts, std::make_shared<const Identity>(Identity{user(i), {}}));
    EXPECT_FALSE(cache.find(user(0), accounts, ""));
    int known = 0;
    for (int i = many - 10000; i < many; ++i) known += cache.find(user(i), accounts, "").identity ? 1 : 0;
    EXPECT_EQ(known, 10000);
}

TEST(CredentialCache, TokensOfOneUserNeverPushOutAnothers) {
    CredentialCache cache(seconds(300));
    std::vector<std::string> mistakes;
    const auto accounts = Accounts::read({}, mistakes);
    (void)cache.find("x", accounts, "");
    cache.remember("anna", accounts, std::make_shared<const Identity>(Identity{"anna", {}}));
    const std::vector<std::string> groups(1000, std::string(30, 'g'));
    for (int i = 0; i < 2000; ++i)
        cache.remember("token" + std::to_string(i), accounts,
                       std::make_shared<const Identity>(Identity{"zoe", groups}));
    EXPECT_TRUE(cache.find("anna", accounts, ""));
    EXPECT_TRUE(cache.find("token1999", accounts, ""));
    EXPECT_FALSE(cache.find("token0", accounts, ""));
}

}  // namespace
}  // namespace davit::login
