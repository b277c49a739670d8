#pragma once
// Requests of operators, separate from the DAV port: health and metrics (TCP), failures, locks and more (unix socket
// only).
#include <functional>

#include "davit/http/exchange.hpp"
#include "davit/http/metrics.hpp"
#include "davit/http/recent_failures.hpp"

namespace davit::http {

struct Management {
    Metrics& metrics;
    const RecentFailures& failures;
    store::LockStore& locks;                   ///< of the folder the control socket is for
    std::function<std::size_t()> all_locks;    ///< number of locks held in all shares
    std::function<store::TrashUsage()> trash;  ///< of all shares
};

/// GET /healthz, /readyz, /metrics.
Task<Reply> handle_public(const Management& management, Exchange& exchange);
/// The same, and GET /failures, GET /failures/ID, GET /locks, GET and DELETE /locks/TOKEN, /trash (handle_trash),
/// POST /why (rehearse); POST /trace with Trace-User, Trace-Path and Trace-Client, GET and DELETE /trace/ID.
Task<Reply> handle_control(const Management& management, Exchange& exchange);

}  // namespace davit::http
