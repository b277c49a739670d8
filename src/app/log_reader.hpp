#pragma once
// Failures as the log has them, for the time after a restart.
#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace davit::app {

/// The failure that a line of the log tells of, text or JSON, with whatever journald or syslog wrote before it: the
/// members that GET /failures/ID of the control socket has. Nothing when the line tells of none.
std::optional<boost::json::object> failure_of_log_line(std::string_view line);

/// Every failure in the file, in its order; "-" is standard input. The error is a sentence.
std::expected<void, std::string> each_logged_failure(const std::string& file,
                                                     const std::function<void(boost::json::object)>& take);

/// "2026-01-01T12:00:00Z", also with a fraction, without seconds or as a date alone; UTC.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text);

}  // namespace davit::app
