#pragma once
// Describes the error in a head that the parser refused, and its place.
#include <string>
#include <string_view>

namespace davit::http {

/// Names the protocol whose beginning `input` resembles; "" for any other text.
std::string describe_other_protocol(std::string_view input);
/// "The request head is malformed: the value of Depth has a zero byte at position 3 (...)". `input`: a head, from its
/// request line if `from_start`, otherwise from one of its fields. "" when no error is found.
std::string describe_malformed_head(std::string_view input, bool from_start);
/// The same for trailer fields.
std::string describe_malformed_fields(std::string_view input);

}  // namespace davit::http
