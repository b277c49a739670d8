#pragma once
// Log lines as entries of systemd's journal, with fields of their own to search by (docs/operations.md).
#include <memory>

#include <spdlog/spdlog.h>

#include "davit/http/access_log.hpp"
#include "log_queue.hpp"

namespace davit::app {

/// Its socket is there.
bool has_journal();

/// Sends entries that come from the two below.
std::shared_ptr<LogTarget> make_journal_target();

/// Makes each message an entry with MESSAGE and PRIORITY.
spdlog::sink_ptr make_journal_sink(std::shared_ptr<LogQueue> queue);

/// An entry for every request, with DAVIT_REQUEST_ID, DAVIT_METHOD, DAVIT_STATUS, DAVIT_CODE ... `logger` says from
/// which level on.
std::unique_ptr<http::AccessLog> make_journal_access_log(std::shared_ptr<spdlog::logger> logger,
                                                         std::shared_ptr<LogQueue> queue);

}  // namespace davit::app
