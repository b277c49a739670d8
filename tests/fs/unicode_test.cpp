#include "davit/fs/unicode.hpp"

#include <gtest/gtest.h>

namespace davit::fs {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

TEST(Unicode, AFewMarksArePutInOrder) {
    EXPECT_EQ(composed("e\u0345\u0334"), "e\u0334\u0345");
    EXPECT_EQ(composed("re\u0301sume\u0301"), "r\u00e9sum\u00e9");
    EXPECT_EQ(composed("a/e\u0301/b"), "a/\u00e9/b");
}

/// Putting n marks in order takes n * n steps, and a client decides how many there are.
TEST(Unicode, MoreThanThirtyTwoMarksInARowAreLeftAsTheyAre) {
    const auto in_disorder = [](std::size_t count) {
        return "e" + repeated("\u0345", count) + repeated("\u0334", count);
    };
    EXPECT_NE(composed(in_disorder(16)), in_disorder(16));
    EXPECT_EQ(composed(in_disorder(17)), in_disorder(17));
    EXPECT_EQ(composed(in_disorder(100'000)), in_disorder(100'000));
    // A character that is itself no mark may be made of two.
    EXPECT_EQ(composed(repeated("\u0f73", 17)), repeated("\u0f73", 17));
    EXPECT_EQ(composed("x/" + in_disorder(1000) + "/e\u0301"), "x/" + in_disorder(1000) + "/\u00e9");
}

TEST(Unicode, ManyMarksOnManyLettersAreOrdered) {
    EXPECT_EQ(composed(repeated("e\u0301", 100)), repeated("\u00e9", 100));
}

TEST(Unicode, BytesThatAreNotUtf8StayUnchanged) {
    const auto odd = "\xff" + repeated("\u0345", 50);
    EXPECT_EQ(composed(odd), odd);
}

}  // namespace
}  // namespace davit::fs
