#include "davit/core/http_date.hpp"

#include <algorithm>

namespace davit {
namespace {

using namespace std::chrono;

/// Writes two digits to `out`.
void two(char* out, unsigned number) {
    out[0] = static_cast<char>('0' + number / 10 % 10);
    out[1] = static_cast<char>('0' + number % 10);
}

void four(char* out, int number) {
    const auto year = static_cast<unsigned>(std::clamp(number, 0, 9999));
    two(out, year / 100);
    two(out + 2, year % 100);
}

/// "Sun, 06 Nov 1994".
void put_imf_day(char* out, sys_days day) {
    static constexpr std::string_view names = "SunMonTueWedThuFriSat";
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const year_month_day date(day);
    names.copy(out, 3, 3 * weekday(day).c_encoding());
    two(out + 5, static_cast<unsigned>(date.day()));
    months.copy(out + 8, 3, 3 * (static_cast<unsigned>(date.month()) - 1));
    four(out + 12, static_cast<int>(date.year()));
}

/// "1994-11-06".
void put_rfc3339_day(char* out, sys_days day) {
    const year_month_day date(day);
    four(out, static_cast<int>(date.year()));
    two(out + 5, static_cast<unsigned>(date.month()));
    two(out + 8, static_cast<unsigned>(date.day()));
}

void put_clock(char* out, seconds of_day) {
    const auto count = static_cast<unsigned>(of_day.count());
    two(out, count / 3600);
    two(out + 3, count / 60 % 60);
    two(out + 6, count % 60);
}

}  // namespace

// A listing writes two dates for each entry, often of the same day, so the calendar date is computed once a day.
void append_imf_fixdate(std::string& out, sys_seconds time) {
    thread_local sys_days shown{days(-1)};
    thread_local char text[] = "Wed, 31 Dec 1969 08:49:37 GMT";
    const auto day = floor<std::chrono::days>(time);
    if (day != shown) put_imf_day(text, shown = day);
    put_clock(text + 17, time - day);
    out.append(text, sizeof text - 1);
}

void append_rfc3339(std::string& out, sys_seconds time) {
    thread_local sys_days shown{days(-1)};
    thread_local char text[] = "1969-12-31T08:49:37Z";
    const auto day = floor<std::chrono::days>(time);
    if (day != shown) put_rfc3339_day(text, shown = day);
    put_clock(text + 11, time - day);
    out.append(text, sizeof text - 1);
}

}  // namespace davit
