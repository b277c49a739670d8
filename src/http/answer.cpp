#include "answer.hpp"

#include <new>

#include "browser_rules.hpp"
#include "davit/http/cors.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/login.hpp"
#include "davit/http/request_head.hpp"
#include "favicon.hpp"
#include "host_check.hpp"

namespace davit::http {
namespace {

/// Management has no public address: a base path belongs to DAV alone.
const headers::PublicAddress& address_for(const Service& service, const Exchange& exchange) {
    static const headers::PublicAddress anywhere;
    return service.observed ? exchange.address() : anywhere;
}

Reply refuse_bug(Exchange& exchange, const std::exception& bug) {
    return refuse(exchange, FailureCode::internal,
                  "The server failed on this request; its log explains it under the request id. (" +
                      std::string(bug.what()) + ")");
}

// Management is for programs, not for pages.
std::optional<Reply> preflight_of(const Service& service, const Exchange& exchange) {
    return service.observed ? cors_preflight(exchange) : std::nullopt;
}

/// What every answer carries, an error's too.
void finish(const Service& service, const Exchange& exchange, Reply& reply) {
    if (service.observed) add_cors(exchange, reply);
    add_browser_rules(exchange, reply);
}

std::optional<Reply> try_at_once(const Service& service, Exchange& exchange) {
    try {
        if (check_head(exchange, address_for(service, exchange))) return std::nullopt;
        if (check_page(exchange, service.observed)) return std::nullopt;
        if (auto preflight = preflight_of(service, exchange)) return preflight;
        std::optional<Reply> refused;
        const auto asked = login_at_once(exchange, refused);
        if (asked != Login::passed) return refused;
        return service.at_once(exchange);
    } catch (const std::bad_alloc&) {
        return refuse(exchange, engine::Refusal(memory_failure()));
    } catch (const std::exception& bug) {
        return refuse_bug(exchange, bug);
    }
}

Task<Reply> try_answer(const Service& service, Exchange& exchange) {
    try {
        ask(exchange.services(), Gate::request);
        if (auto refused = check_head(exchange, address_for(service, exchange))) {
            // Above server.base_path, where browsers look for it.
            if (refused->refusal.failure.code == FailureCode::outside_base_path)
                if (auto icon = favicon(exchange)) co_return std::move(*icon);
            auto reply = refuse(exchange, refused->refusal);
            reply.close = refused->close;
            co_return reply;
        }
        if (auto foreign = check_page(exchange, service.observed))
            co_return refuse(exchange, engine::Refusal(*foreign));
        if (auto preflight = preflight_of(service, exchange)) co_return std::move(*preflight);
        ask(exchange.services(), Gate::login);
        if (service.observed) {
            auto refused = co_await login(exchange);
            if (refused) co_return std::move(*refused);
        }
        co_return co_await service.front(exchange);
    } catch (const std::bad_alloc&) {
        co_return refuse(exchange, engine::Refusal(memory_failure()));
    } catch (const std::exception& bug) {
        co_return refuse_bug(exchange, bug);
    }
}

}  // namespace

std::optional<Reply> answer_at_once(const Service& service, Exchange& exchange) {
    auto reply = try_at_once(service, exchange);
    if (reply) finish(service, exchange, *reply);
    return reply;
}

Task<Reply> answer(const Service& service, Exchange& exchange) {
    auto reply = co_await try_answer(service, exchange);
    finish(service, exchange, reply);
    co_return reply;
}

Reply answer_refused(const Service& service, Exchange& exchange, const Failure& failure) {
    auto reply = refuse(exchange, engine::Refusal(failure));
    finish(service, exchange, reply);
    return reply;
}

Reply answer_malformed(const Service& service, Exchange& exchange, const Failure& failure) {
    auto reply = answer_refused(service, exchange, failure);
    reply.close = true;
    return reply;
}

}  // namespace davit::http
