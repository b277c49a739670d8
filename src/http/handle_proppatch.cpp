// PROPPATCH (RFC 4918, 9.2).
#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::http {

namespace {

Reply answer_proppatch(Exchange& exchange, const engine::Answer<engine::ProppatchOutcome>& patched) {
    if (!patched) return refuse(exchange, patched.error());
    Reply reply;
    add_content_location(exchange, reply, patched->collection);
    if (!patched->report) {
        reply.status = Status::no_content;
        reply.add("Preference-Applied", "return=minimal");
        reply.add("Vary", "Prefer, Brief");
        return reply;
    }
    // Otherwise always 207: the Windows redirector takes 204 and an empty 200 for "no room".
    reply.status = Status::multi_status;
    reply.add("Content-Type", "application/xml; charset=utf-8");
    std::string body;
    xml::append_multistatus(body, *patched->report, exchange.body_context());
    reply.body = std::move(body);
    return reply;
}

Result<PropertyUpdate> parse_update(const Exchange& exchange, const std::string& text) {
    return xml::parse_propertyupdate(text, {.value_bytes = exchange.services().policy.max_property_bytes});
}

}  // namespace

Task<Reply> handle_proppatch(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    const auto may = co_await check_before_body(exchange, engine::claim_resource(exchange.path), *target,
                                                [&] { return engine::may_proppatch(exchange.services(), *target); });
    if (!may) co_return refuse(exchange, may.error());
    const auto text = co_await exchange.body.read_all(exchange.options().limits.property_body_bytes);
    if (!text) co_return refuse(exchange, engine::Refusal(text.error()));
    auto update = co_await parse_body(exchange, text->size(), [&] { return parse_update(exchange, *text); });
    if (!update) co_return refuse(exchange, engine::Refusal(update.error()));
    engine::ProppatchRequest request{std::move(*target), std::move(*update)};
    request.minimal = decode_preferences(exchange).minimal;
    const auto held = co_await claim_for(exchange, engine::claim_resource(exchange.path), request.target);
    // The answer names what the body names, so it is written where the body is parsed.
    // So is a large set read and written.
    if (text->size() <= RequestBody::small && !exchange.shared.workers.syncs()) {
        request.waiting = store::Waiting::refused;
        const auto patched = engine::proppatch(exchange.services(), request);
        if (patched || patched.error().failure.code != FailureCode::would_block)
            co_return answer_proppatch(exchange, patched);
        request.waiting = store::Waiting::allowed;
    }
    co_return co_await exchange.shared.workers.run(
        [&] { return answer_proppatch(exchange, engine::proppatch(exchange.services(), request)); });
}

}  // namespace davit::http
