#pragma once
// base64 (RFC 4648, 4), as byte sequences of structured fields have it (RFC 8941, 3.3.5), and base64url (RFC 4648, 5).
#include <optional>
#include <string>
#include <string_view>

namespace davit::headers {

std::string to_base64(std::string_view bytes);
/// Padding may be missing (RFC 8941, 4.2.7). Nothing for what is no base64.
std::optional<std::string> from_base64(std::string_view text);
/// As RFC 7515, 2 has it: no padding, no blanks, no bits that mean nothing. Each sequence of bytes has one spelling.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace davit::headers
