#pragma once
// What is wrong with a head that the parser did not take, in words, and where.
#include <string>
#include <string_view>

namespace davit::http {

/// What begins as another protocol does; "" for anything else.
std::string describe_other_protocol(std::string_view input);
/// "The request head is malformed: the value of Depth has a zero byte at position 3 (...)". `input`: a head, from its
/// request line on if `from_start`, otherwise from one of its fields on. "" when nothing wrong is found.
std::string describe_malformed_head(std::string_view input, bool from_start);
/// The same of the lines of trailer fields.
std::string describe_malformed_fields(std::string_view input);

}  // namespace davit::http
