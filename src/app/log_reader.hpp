#pragma once
// Reads failures from the log, for the time before the daemon's restart.
#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace davit::app {

/// The failure in a log line, text or JSON, with any prefix of journald or syslog: the members of GET /failures/ID of
/// the control socket. Returns nothing when the line has none.
std::optional<boost::json::object> failure_of_log_line(std::string_view line);

/// Calls with every failure in the file, in its order; "-" is standard input. The error is a sentence.
std::expected<void, std::string> each_logged_failure(const std::string& file,
                                                     const std::function<void(boost::json::object)>& take);

/// "2026-01-01T12:00:00Z", also with a fraction, without seconds or as a date alone; UTC.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text);

}  // namespace davit::app
