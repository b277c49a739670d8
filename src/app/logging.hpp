#pragma once
// Where log lines go.
#include <memory>

#include <spdlog/spdlog.h>

#include "davit/app/configuration.hpp"

namespace davit::app {

/// Throws spdlog::spdlog_ex when the file cannot be opened.
std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options);
/// One message in the format chosen.
void say(spdlog::logger& logger, http::LogFormat format, spdlog::level::level_enum level, const std::string& message);
/// After log rotation: opens the file again. Does nothing for standard error.
void reopen(spdlog::logger& logger);

}  // namespace davit::app
