#pragma once
// Log lines as entries of systemd's journal, with searchable fields (docs/operations.md).
#include <memory>

#include <spdlog/spdlog.h>

#include "davit/http/access_log.hpp"
#include "log_queue.hpp"

namespace davit::app {

/// True when the journal's socket exists.
bool has_journal();

/// Sends the entries of the two below.
std::shared_ptr<LogTarget> make_journal_target();

/// Makes each message an entry with MESSAGE and PRIORITY.
spdlog::sink_ptr make_journal_sink(std::shared_ptr<LogQueue> queue);

/// An entry for each request, with DAVIT_REQUEST_ID, DAVIT_METHOD, DAVIT_STATUS, DAVIT_CODE ... `logger` gives the
/// minimum level.
std::unique_ptr<http::AccessLog> make_journal_access_log(std::shared_ptr<spdlog::logger> logger,
                                                         std::shared_ptr<LogQueue> queue);

}  // namespace davit::app
