// PROPPATCH (RFC 4918, 9.2).
#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::http {

Task<Reply> handle_proppatch(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    if (const auto type = check_xml_media_type(exchange); !type)
        co_return refuse(exchange, engine::Refusal(type.error()));
    const auto text = co_await exchange.body.read_all(exchange.options().limits.property_body_bytes);
    if (!text) co_return refuse(exchange, engine::Refusal(text.error()));
    auto update = xml::parse_propertyupdate(*text);
    if (!update) co_return refuse(exchange, engine::Refusal(update.error()));
    const engine::ProppatchRequest request{std::move(*target), std::move(*update)};
    const auto held = co_await claim_for(exchange, engine::claim_resource(exchange.path), request.target);
    const auto patched =
        co_await exchange.shared.workers.run_change([&] { return engine::proppatch(exchange.services(), request); });
    if (!patched) co_return refuse(exchange, patched.error());
    Reply reply;
    if (decode_preferences(exchange).minimal) {  // RFC 8144, 2.2: done, and nothing else to say
        reply.status = Status::no_content;
        reply.add("Preference-Applied", "return=minimal");
        reply.add("Vary", "Prefer, Brief");
        co_return reply;
    }
    // Otherwise always 207: the Windows redirector takes 204 and an empty 200 for "no room".
    reply.status = Status::multi_status;
    reply.add("Content-Type", "application/xml; charset=utf-8");
    std::string body;
    xml::append_multistatus(body, *patched, exchange.body_context());
    reply.body = std::move(body);
    co_return reply;
}

}  // namespace davit::http
