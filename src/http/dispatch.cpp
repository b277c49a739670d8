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

/// RFC 9110, 8.4, 15.5.16: a body is taken as it is, never for what it says it stands for.
std::optional<Reply> refuse_coding(Exchange& exchange) {
    if (!exchange.has(Field::content_encoding) || !exchange.body.present()) return std::nullopt;
    const auto coding = exchange.joined(Field::content_encoding);
    if (coding == "identity") return std::nullopt;
    auto reply = refuse(exchange, FailureCode::unsupported_media, "No content coding is known here for bodies.");
    reply.add("Accept-Encoding", "identity");
    return reply;
}

/// Once names have got the folder's spelling: until then one may be three times as long.
std::optional<Reply> refuse_too_long(Exchange& exchange) {
    if (exchange.path.fits()) return std::nullopt;
    return refuse(exchange, FailureCode::name_too_long, std::string(explain(PathError::too_long)));
}

Task<Reply> refuse_post(Exchange& exchange) {
    if (auto refused = enter(exchange)) co_return std::move(*refused);
    exchange.restrict();
    const auto allow = co_await allow_here(exchange);
    co_return refuse_method(exchange, allow, "Nothing here takes a POST.");
}

}  // namespace

Task<Reply> dispatch_dav(Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    if (!row && exchange.method() == "POST") co_return co_await refuse_post(exchange);
    if (!row) co_return refuse(exchange, FailureCode::not_implemented, "This method is not known here.");
    if (auto refused = refuse_coding(exchange)) co_return std::move(*refused);
    if (exchange.is_above()) co_return co_await row->handler(exchange);
    if (auto refused = enter(exchange)) co_return std::move(*refused);
    if (auto refused = authorize(exchange, *row)) co_return std::move(*refused);
    if (!is_furnished(exchange)) {
        auto refused = co_await furnish(exchange);
        if (refused) co_return std::move(*refused);
    }
    if (!find_spellings_at_once(exchange)) co_await find_spellings(exchange);
    if (auto refused = refuse_too_long(exchange)) co_return std::move(*refused);
    if (has_key(exchange, *row)) co_return co_await answer_once(exchange, row->handler);
    co_return co_await row->handler(exchange);
}

std::optional<Reply> dispatch_dav_at_once(Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    // What is synced is waited for.
    if (!row || !row->at_once || (row->writes && exchange.shared.workers.syncs())) return std::nullopt;
    if (exchange.is_above() || exchange.has(Field::content_encoding)) return std::nullopt;
    if (auto refused = enter(exchange)) return refused;
    if (auto refused = authorize(exchange, *row)) return refused;
    if (has_key(exchange, *row) || !is_furnished(exchange) || !find_spellings_at_once(exchange)) return std::nullopt;
    if (auto refused = refuse_too_long(exchange)) return refused;
    return row->at_once(exchange);
}

}  // namespace davit::http
