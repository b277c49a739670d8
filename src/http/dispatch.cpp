// From a request whose sender is known to its handler: which folder, which canonical path, whether they may, which
// method.
#include "davit/headers/scanner.hpp"
#include "davit/http/authorize.hpp"
#include "davit/http/enter.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/idempotency.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/resolve_paths.hpp"
#include "davit/http/session.hpp"

namespace davit::http {
namespace {

/// Its answer is kept, or was kept and is sent again.
bool has_key(const Exchange& exchange, const MethodRow& row) {
    if (exchange.services().trace) return false;  // a rehearsal is not the request
    return row.writes && exchange.where->idempotency && !exchange.custom("Idempotency-Key").empty();
}

/// Names of content codings are compared without case (RFC 9110, 8.4.1). An empty element is none.
bool is_identity(std::string_view codings) {
    while (!codings.empty()) {
        const auto coding = headers::next_element(codings);
        if (!coding.empty() && !headers::iequals(coding, "identity")) return false;
    }
    return true;
}

/// RFC 9110, 8.4, 15.5.16: a body is taken as it is, never for what it says it stands for.
Task<std::optional<Reply>> refuse_coding(Exchange& exchange) {
    if (!exchange.has(Field::content_encoding) || !exchange.body.present()) co_return std::nullopt;
    if (is_identity(exchange.joined(Field::content_encoding))) co_return std::nullopt;
    const auto first = co_await exchange.body.await_first_chunk();
    if (!first) co_return refuse(exchange, engine::Refusal(first.error()));
    if (!exchange.body.present()) co_return std::nullopt;  // an empty body has no coding
    auto reply = refuse(exchange, FailureCode::unsupported_coding, "No content coding is known here for bodies.");
    reply.add("Accept-Encoding", "identity");
    co_return reply;
}

/// A body can ask for more rights. A chunked one that turns out to be empty does not.
Task<std::optional<Reply>> authorize_with_body(Exchange& exchange, const MethodRow& row) {
    auto refused = authorize(exchange, row);
    if (!refused || !exchange.body.chunked()) co_return refused;
    if (row.needs_with_body.empty() && row.reach != Reach::by_depth_with_body) co_return refused;
    const auto first = co_await exchange.body.await_first_chunk();
    if (!first || exchange.body.present()) co_return refused;
    exchange.failure.reset();  // what the first answer noted for the log
    co_return authorize(exchange, row);
}

/// Once names have got the folder's spelling: until then one may be three times as long.
std::optional<Reply> refuse_too_long(Exchange& exchange) {
    if (exchange.path.fits()) return std::nullopt;
    return refuse(exchange, FailureCode::name_too_long, std::string(explain(PathError::too_long)));
}

/// A rehearsal makes no home; it only knows that a real request would.
Task<> assume_home(const Exchange& exchange, GateTrace& trace) {
    const auto& home = exchange.mapping.tree;
    const auto there = co_await exchange.shared.workers.run([&] { return exchange.services().resources.stat(home); });
    if (!there) trace.new_home = home;
}

Task<Reply> refuse_post(Exchange& exchange) {
    if (auto refused = enter(exchange)) co_return std::move(*refused);
    if (!resolve_paths_at_once(exchange, *find_method("OPTIONS")))
        co_await resolve_paths(exchange, *find_method("OPTIONS"));
    exchange.restrict();
    const auto here = co_await allow_here(exchange);
    co_return refuse_method(exchange, here.methods, "Nothing here takes a POST.");
}

}  // namespace

Task<Reply> dispatch_dav(Exchange& exchange) {
    ask(exchange.services(), Gate::header);
    const auto* row = find_method(exchange.method());
    if (!row && exchange.method() == "POST") co_return co_await refuse_post(exchange);
    if (!row) co_return refuse(exchange, FailureCode::not_implemented, "This method is not known here.");
    auto refused_coding = co_await refuse_coding(exchange);
    if (refused_coding) co_return std::move(*refused_coding);
    if (exchange.is_above()) co_return co_await row->handler(exchange);
    ask(exchange.services(), Gate::share);
    if (auto refused = enter(exchange)) co_return std::move(*refused);
    ask(exchange.services(), Gate::path);
    const bool resolved = !names_many(exchange) && resolve_paths_at_once(exchange, *row);
    if (!resolved) co_await resolve_paths(exchange, *row);
    ask(exchange.services(), Gate::rules);
    auto forbidden = co_await authorize_with_body(exchange, *row);
    if (forbidden) co_return std::move(*forbidden);
    ask(exchange.services(), Gate::path);
    if (auto refused = refuse_unreachable(exchange)) co_return std::move(*refused);
    auto* trace = exchange.services().trace;
    if (!is_furnished(exchange) && trace) co_await assume_home(exchange, *trace);
    if (!is_furnished(exchange) && !trace) {
        auto refused = co_await furnish(exchange);
        if (refused) co_return std::move(*refused);
    }
    if (auto refused = refuse_too_long(exchange)) co_return std::move(*refused);
    ask(exchange.services(), Gate::header);
    if (has_key(exchange, *row)) co_return co_await answer_once(exchange, row->handler);
    co_return co_await row->handler(exchange);
}

std::optional<Reply> dispatch_dav_at_once(Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    // What is synced is waited for.
    if (!row || !row->at_once || (row->writes && exchange.shared.workers.syncs())) return std::nullopt;
    if (exchange.is_above() || exchange.has(Field::content_encoding) || names_many(exchange)) return std::nullopt;
    if (auto refused = enter(exchange)) return refused;
    // A handler that only reads finds nothing behind a link: then this path is not the one to be judged.
    const bool resolved = row->writes || exchange.has(Field::if_) || needs_resolving(exchange);
    // A change that is made at once asks for its names without more ado; what may have to read a folder does not.
    const bool waits = row->writes && !needs_resolving(exchange);
    const auto waiting = waits ? store::Waiting::allowed : store::Waiting::refused;
    if (resolved && !resolve_paths_at_once(exchange, *row, waiting)) return std::nullopt;
    if (!resolved) forget_paths(exchange);
    if (auto refused = authorize(exchange, *row)) return resolved ? std::move(refused) : std::nullopt;
    if (auto refused = refuse_unreachable(exchange)) return refused;
    if (auto refused = refuse_too_long(exchange)) return refused;
    if (has_key(exchange, *row) || !is_furnished(exchange)) return std::nullopt;
    return row->at_once(exchange);
}

}  // namespace davit::http
