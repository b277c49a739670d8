#pragma once
// base64 (RFC 4648, 4) for byte sequences of structured fields (RFC 8941, 3.3.5), and base64url (RFC 4648, 5).
#include <optional>
#include <string>
#include <string_view>

namespace davit::headers {

std::string to_base64(std::string_view bytes);
/// Accepts missing padding (RFC 8941, 4.2.7). Returns nothing for invalid text.
std::optional<std::string> from_base64(std::string_view text);
/// As RFC 7515, 2 defines it: no padding, no blanks, no unused bits that are set. Each sequence of bytes has one
/// encoding.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace davit::headers
