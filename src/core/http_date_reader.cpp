// Reading HTTP dates (RFC 9110, 5.6.7).
#include "davit/core/http_date.hpp"

#include <charconv>

namespace davit {
namespace {

using namespace std::chrono;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<int> number(std::string_view digits) {
    digits = trim(digits);
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits.front() == '-' || error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

std::optional<unsigned> month_of(std::string_view name) {
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (name.size() != 3) return std::nullopt;
    const auto at = months.find(name);
    if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    return static_cast<unsigned>(at / 3 + 1);
}

std::optional<sys_seconds> make(std::optional<int> y, std::optional<unsigned> m, std::optional<int> d,
                                std::string_view clock) {
    if (!y || !m || !d || clock.size() != 8 || clock[2] != ':' || clock[5] != ':') return std::nullopt;
    const auto h = number(clock.substr(0, 2));
    const auto min = number(clock.substr(3, 2));
    const auto s = number(clock.substr(6, 2));
    const year_month_day date{year(*y), month(*m), day(static_cast<unsigned>(*d))};
    if (!h || !min || !s || *h > 23 || *min > 59 || *s > 60 || !date.ok()) return std::nullopt;
    return sys_days(date) + hours(*h) + minutes(*min) + seconds(*s);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<sys_seconds> imf_fixdate(std::string_view text) {
    if (text.size() != 29 || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text.substr(25) != " GMT")
        return std::nullopt;
    return make(number(text.substr(12, 4)), month_of(text.substr(8, 3)), number(text.substr(5, 2)), text.substr(17, 8));
}

/// "Sunday, 06-Nov-94 08:49:37 GMT": a year more than 50 years ahead lies in the past.
std::optional<sys_seconds> rfc850(std::string_view text) {
    const auto comma = text.find(", ");
    if (comma == std::string_view::npos) return std::nullopt;
    text.remove_prefix(comma + 2);
    if (text.size() != 22 || text[2] != '-' || text[6] != '-' || text[9] != ' ' || text.substr(18) != " GMT")
        return std::nullopt;
    auto two = number(text.substr(7, 2));
    if (two) {
        const int now = static_cast<int>(year_month_day(floor<days>(system_clock::now())).year());
        *two += now - now % 100;
        if (*two > now + 50) *two -= 100;
    }
    return make(two, month_of(text.substr(3, 3)), number(text.substr(0, 2)), text.substr(10, 8));
}

/// "Sun Nov  6 08:49:37 1994"
std::optional<sys_seconds> asctime(std::string_view text) {
    if (text.size() != 24 || text[3] != ' ' || text[7] != ' ' || text[10] != ' ' || text[19] != ' ')
        return std::nullopt;
    return make(number(text.substr(20)), month_of(text.substr(4, 3)), number(text.substr(8, 2)), text.substr(11, 8));
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text) {
    text = trim(text);
    if (const auto time = imf_fixdate(text)) return time;
    if (const auto time = rfc850(text)) return time;
    return asctime(text);
}

}  // namespace davit
