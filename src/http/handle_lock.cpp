// LOCK and UNLOCK (RFC 4918, 9.10, 9.11).
#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::http {
namespace {

Reply granted(Exchange& exchange, const engine::LockOutcome& outcome, bool fresh) {
    Reply reply;
    reply.status = outcome.created ? Status::created : Status::ok;
    reply.add("Content-Type", "application/xml; charset=utf-8");
    // RFC 4918, 10.5: only for a new lock, never for a refresh.
    if (fresh) reply.add("Lock-Token", "<" + outcome.lock.token + ">");
    if (outcome.created) reply.add("Location", exchange.href(exchange.path, false));
    std::string body;
    xml::append_lock_answer(body, outcome.lock, exchange.services().clock.monotonic(), exchange.body_context());
    reply.body = std::move(body);
    return reply;
}

Task<Result<engine::LockRequest>> decode_lock(Exchange& exchange, engine::Target target, const std::string& text) {
    auto info = xml::parse_lockinfo(text);
    if (!info) co_return std::unexpected(info.error());
    // Windows sends no Depth: infinity, as the RFC says (9.10.3).
    const auto depth = decode_depth(exchange, Depth::infinity);
    if (!depth) co_return std::unexpected(depth.error());
    if (*depth == Depth::one) co_return fail(FailureCode::bad_header, "Depth: 1 has no meaning for LOCK.");
    co_return engine::LockRequest{std::move(target), std::move(*info), *depth,
                                  headers::parse_timeout(exchange.field(Field::timeout))};
}

}  // namespace

Task<Reply> handle_lock(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    if (exchange.body.present()) {
        if (const auto type = check_xml_media_type(exchange); !type)
            co_return refuse(exchange, engine::Refusal(type.error()));
    }
    const auto text = co_await exchange.body.read_all(exchange.options().limits.xml_body_bytes);
    if (!text) co_return refuse(exchange, engine::Refusal(text.error()));
    if (text->empty()) {
        const auto timeout = headers::parse_timeout(exchange.field(Field::timeout));
        const auto refreshed = co_await exchange.shared.workers.run_change(
            [&] { return engine::refresh(exchange.services(), *target, timeout); });
        if (!refreshed) co_return refuse(exchange, refreshed.error());
        co_return granted(exchange, *refreshed, false);
    }
    const auto request = co_await decode_lock(exchange, std::move(*target), *text);
    if (!request) co_return refuse(exchange, engine::Refusal(request.error()));
    const auto held = co_await claim_for(exchange, engine::claim_tree(exchange.path), request->target);
    const auto locked =
        co_await exchange.shared.workers.run_change([&] { return engine::lock(exchange.services(), *request); });
    if (!locked) co_return refuse(exchange, locked.error());
    co_return granted(exchange, *locked, true);
}

Task<Reply> handle_unlock(Exchange& exchange) {
    const auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    if (!exchange.has(Field::lock_token))
        co_return refuse(exchange, FailureCode::bad_header, "Lock-Token: the header is missing.");
    const auto token = headers::parse_lock_token(exchange.field(Field::lock_token));
    if (!token) co_return refuse(exchange, engine::Refusal(token.error()));
    const auto unlocked = co_await exchange.shared.workers.run_change(
        [&] { return engine::unlock(exchange.services(), *target, *token); });
    if (!unlocked) co_return refuse(exchange, unlocked.error());
    Reply reply;
    reply.status = Status::no_content;
    co_return reply;
}

}  // namespace davit::http
