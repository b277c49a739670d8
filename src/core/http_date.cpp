#include "davit/core/http_date.hpp"

#include <algorithm>

namespace davit {
namespace {

using namespace std::chrono;

void append_two(std::string& out, unsigned number) {
    out += static_cast<char>('0' + number / 10 % 10);
    out += static_cast<char>('0' + number % 10);
}

void append_four(std::string& out, int number) {
    const auto year = static_cast<unsigned>(std::clamp(number, 0, 9999));
    append_two(out, year / 100);
    append_two(out, year % 100);
}

void append_clock(std::string& out, seconds of_day) {
    const hh_mm_ss clock(of_day);
    append_two(out, static_cast<unsigned>(clock.hours().count()));
    out += ':';
    append_two(out, static_cast<unsigned>(clock.minutes().count()));
    out += ':';
    append_two(out, static_cast<unsigned>(clock.seconds().count()));
}

}  // namespace

void append_imf_fixdate(std::string& out, sys_seconds time) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(time);
    const year_month_day date(day);
    out += days[weekday(day).c_encoding()];
    out += ", ";
    append_two(out, static_cast<unsigned>(date.day()));
    out += ' ';
    out += months[static_cast<unsigned>(date.month()) - 1];
    out += ' ';
    append_four(out, static_cast<int>(date.year()));
    out += ' ';
    append_clock(out, time - day);
    out += " GMT";
}

void append_rfc3339(std::string& out, sys_seconds time) {
    const auto day = floor<std::chrono::days>(time);
    const year_month_day date(day);
    append_four(out, static_cast<int>(date.year()));
    out += '-';
    append_two(out, static_cast<unsigned>(date.month()));
    out += '-';
    append_two(out, static_cast<unsigned>(date.day()));
    out += 'T';
    append_clock(out, time - day);
    out += 'Z';
}

}  // namespace davit
