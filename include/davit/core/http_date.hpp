#pragma once
// Dates as text, independent of the locale.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace davit {

/// IMF-fixdate (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". Years are clamped to 0000 to 9999.
void append_imf_fixdate(std::string& out, std::chrono::sys_seconds time);
/// RFC 3339 in UTC: "1994-11-06T08:49:37Z".
void append_rfc3339(std::string& out, std::chrono::sys_seconds time);

/// Reads all three forms of RFC 9110, 5.6.7. Returns nothing when the text is none of them.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace davit
