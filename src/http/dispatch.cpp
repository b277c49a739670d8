// From a request whose sender is known to its handler: which folder, whether they may, which spelling, which method.
#include "davit/http/authorize.hpp"
#include "davit/http/enter.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/idempotency.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/session.hpp"
#include "davit/http/spelling.hpp"

namespace davit::http {
namespace {

/// Its answer is kept, or was kept and is sent again.
bool has_key(const Exchange& exchange, const MethodRow& row) {
    return row.writes && exchange.where->idempotency && !exchange.custom("Idempotency-Key").empty();
}

}  // namespace

Task<Reply> dispatch_dav(Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    if (!row && exchange.method() == "POST")
        co_return refuse_method(exchange, allow_all(!somewhere_writable(exchange)), "Nothing here takes a POST.");
    if (!row) co_return refuse(exchange, FailureCode::not_implemented, "This method is not known here.");
    if (exchange.is_above()) co_return co_await row->handler(exchange);
    if (auto refused = enter(exchange)) co_return std::move(*refused);
    if (auto refused = authorize(exchange, *row)) co_return std::move(*refused);
    if (!is_furnished(exchange)) {
        auto refused = co_await furnish(exchange);
        if (refused) co_return std::move(*refused);
    }
    if (!find_spellings_at_once(exchange)) co_await find_spellings(exchange);
    if (has_key(exchange, *row)) co_return co_await answer_once(exchange, row->handler);
    co_return co_await row->handler(exchange);
}

std::optional<Reply> dispatch_dav_at_once(Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    // What is synced is waited for.
    if (!row || !row->at_once || (row->writes && exchange.shared.workers.syncs())) return std::nullopt;
    if (exchange.is_above()) return std::nullopt;
    if (auto refused = enter(exchange)) return refused;
    if (auto refused = authorize(exchange, *row)) return refused;
    if (has_key(exchange, *row) || !is_furnished(exchange) || !find_spellings_at_once(exchange)) return std::nullopt;
    return row->at_once(exchange);
}

}  // namespace davit::http
