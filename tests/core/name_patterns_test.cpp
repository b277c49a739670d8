#include "davit/core/name_patterns.hpp"

#include <gtest/gtest.h>

namespace davit {
namespace {

bool fits(const char* pattern, std::string_view name) {
    return NamePatterns({pattern}).match(name);
}

TEST(NamePatterns, AStarMatchesAnyBytesAndAQuestionMarkOne) {
    EXPECT_TRUE(fits("._*", "._x"));
    EXPECT_TRUE(fits("._*", "._"));
    EXPECT_FALSE(fits("._*", ".x"));
    EXPECT_TRUE(fits("*.tmp", "a.b.tmp"));
    EXPECT_FALSE(fits("*.tmp", "a.tmp.b"));
    EXPECT_TRUE(fits("a*b*c", "abbbcc"));
    EXPECT_TRUE(fits("a*bc*bd", "abcbcbd"));
    EXPECT_FALSE(fits("a*b*c", "ac"));
    EXPECT_TRUE(fits("?", "x"));
    EXPECT_FALSE(fits("?", ""));
    EXPECT_FALSE(fits("?", "xy"));
    EXPECT_TRUE(fits("a**", "a"));
    EXPECT_FALSE(fits("", "a"));
}

TEST(NamePatterns, AsciiLettersMatchInEitherCase) {
    EXPECT_TRUE(fits("Thumbs.db", "thumbs.DB"));
    EXPECT_FALSE(fits("\xC3\x89", "\xC3\xA9"));
}

/// Time that grows with the square of the name at most, never with the number of ways to share it among the stars.
TEST(NamePatterns, ManyStarsTakeNoExponentialTime) {
    EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(255, 'a')));
}

TEST(NamePatterns, AnEmptyListMatchesNoName) {
    EXPECT_FALSE(NamePatterns().match(""));
    EXPECT_FALSE(NamePatterns().match("._x"));
    EXPECT_TRUE(usual_litter().match(".ds_store"));
    EXPECT_FALSE(usual_litter().match("report.txt"));
}

}  // namespace
}  // namespace davit
