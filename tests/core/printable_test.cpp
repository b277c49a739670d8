#include "davit/core/printable.hpp"

#include <gtest/gtest.h>

namespace davit {
namespace {

using namespace std::string_literals;

TEST(Printable, EscapesWhatATerminalWouldObey) {
    for (const auto& [text, shown] : {
             std::pair("plain text ~"s, R"(plain text ~)"s),
             {"\0\t\n\x1b[2J\x7f"s, R"(\x00\x09\x0a\x1b[2J\x7f)"},
             {"a\u0080b\u009b2Jc\u009f\u00a0"s, "a\\u0080b\\u009b2Jc\\u009f\u00a0"},
             {"\u202efdp.\u202c \u202a\u202b\u202d \u2029\u202f"s,
              "\\u202efdp.\\u202c \\u202a\\u202b\\u202d \u2029\u202f"},
             {"\u2066\u2067\u2068\u2069 \u2065\u206a"s, "\\u2066\\u2067\\u2068\\u2069 \u2065\u206a"},
             {"\u061c\u200e\u200f \u061b\u200d\u2010"s, "\\u061c\\u200e\\u200f \u061b\u200d\u2010"},
             {"J\u00f6rg \u05d0\u05d1 \u65e5\u672c \U0001F600"s, "J\u00f6rg \u05d0\u05d1 \u65e5\u672c \U0001F600"},
         })
        EXPECT_EQ(printable(text), shown);
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
    for (const auto& [text, shown] : {
             std::pair("\x9b"s, R"(\x9b)"s),                        // C1 of an 8-bit terminal
             {"a\xff\xfe\xc3"s, R"(a\xff\xfe\xc3)"},                // and an end too early
             {"\xc0\x9b\xe0\x82\x9b"s, R"(\xc0\x9b\xe0\x82\x9b)"},  // written longer than need be
             {"\xed\xa0\x80z"s, R"(\xed\xa0\x80z)"},                // half of a pair of UTF-16
         })
        EXPECT_EQ(printable(text), shown);
}

TEST(Printable, EscapesFurtherCharactersOnRequest) {
    EXPECT_EQ(printable("a\"b\\\u00f6\n", "\"\\"), "a\\x22b\\x5c\u00f6\\x0a");
    EXPECT_EQ(printable("", "\""), "");
}

}  // namespace
}  // namespace davit
