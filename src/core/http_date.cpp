#include "davit/core/http_date.hpp"

#include <algorithm>

namespace davit {
namespace {

using namespace std::chrono;

/// `out` gets two digits.
void two(char* out, unsigned number) {
    out[0] = static_cast<char>('0' + number / 10 % 10);
    out[1] = static_cast<char>('0' + number % 10);
}

void four(char* out, int number) {
    const auto year = static_cast<unsigned>(std::clamp(number, 0, 9999));
    two(out, year / 100);
    two(out + 2, year % 100);
}

void put_clock(char* out, seconds of_day) {
    const auto count = static_cast<unsigned>(of_day.count());
    two(out, count / 3600);
    two(out + 3, count / 60 % 60);
    two(out + 6, count % 60);
}

}  // namespace

// Listings write two dates an entry: templates are filled in, and appended in one go.
void append_imf_fixdate(std::string& out, sys_seconds time) {
    static constexpr std::string_view days = "SunMonTueWedThuFriSat";
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    const auto day = floor<std::chrono::days>(time);
    const year_month_day date(day);
    days.copy(text, 3, 3 * weekday(day).c_encoding());
    two(text + 5, static_cast<unsigned>(date.day()));
    months.copy(text + 8, 3, 3 * (static_cast<unsigned>(date.month()) - 1));
    four(text + 12, static_cast<int>(date.year()));
    put_clock(text + 17, time - day);
    out.append(text, sizeof text - 1);
}

void append_rfc3339(std::string& out, sys_seconds time) {
    char text[] = "1994-11-06T08:49:37Z";
    const auto day = floor<std::chrono::days>(time);
    const year_month_day date(day);
    four(text, static_cast<int>(date.year()));
    two(text + 5, static_cast<unsigned>(date.month()));
    two(text + 8, static_cast<unsigned>(date.day()));
    put_clock(text + 11, time - day);
    out.append(text, sizeof text - 1);
}

}  // namespace davit
