#include "davit/http/error_reply.hpp"

#include <boost/json/serialize.hpp>

#include "davit/http/problem_json.hpp"

namespace davit::http {
namespace {

void remember(Exchange& exchange, const engine::Refusal& refusal) {
    const bool about_member = refusal.body.has_value() || refusal.dependents > 0;
    const auto& about = about_member ? refusal.culprit : exchange.path;
    const bool slash = about_member && refusal.failure.is_locked_collection(about);
    exchange.failure =
        std::make_shared<const FailureReport>(FailureReport{refusal, exchange.href(about, slash), exchange.mapping});
}

/// Windows remembers for a minute that a name does not exist, in any case, and hides the file that was made meanwhile.
bool forgets_late(const Exchange& exchange) {
    return exchange.field(Field::user_agent).starts_with("Microsoft-WebDAV-MiniRedir");
}

}  // namespace

void note_failure(Exchange& exchange, const ResourcePath& where, const Failure& failure) {
    if (exchange.failure) return;
    engine::Refusal refusal(failure);
    refusal.culprit = where;
    exchange.failure = std::make_shared<const FailureReport>(
        FailureReport{std::move(refusal), exchange.href(where, false), exchange.mapping});
}

Reply refuse(Exchange& exchange, const engine::Refusal& refusal) {
    remember(exchange, refusal);
    Reply reply;
    reply.status = refusal.body ? Status::multi_status : refusal.failure.status();
    const bool json = prefers_json(exchange.joined(Field::accept));
    reply.add("Content-Type", json ? "application/problem+json" : "application/xml; charset=utf-8");
    if (reply.status == Status::not_found && forgets_late(exchange)) reply.add("Cache-Control", "no-store");
    reply.add("X-Dav-Error-Code", name(refusal.failure.code));  // for the logs of proxies, which see no bodies
    if (refusal.failure.retry_after) reply.add("Retry-After", std::to_string(refusal.failure.retry_after->count()));
    std::string body;
    if (json) {
        body = boost::json::serialize(problem(*exchange.failure, exchange.request_id, exchange.body_context().href)) +
               "\n";
    } else if (refusal.body) {
        for (const auto& response : refusal.body->responses())
            if (response.path == exchange.path) add_content_location(exchange, reply, response.collection);
        xml::append_multistatus(body, *refusal.body, exchange.body_context());
    } else {
        xml::append_error(body, refusal.failure, exchange.body_context());
    }
    reply.body = std::move(body);
    return reply;
}

Reply refuse(Exchange& exchange, FailureCode code, std::string sentence) {
    return refuse(exchange, engine::Refusal(Failure{code, std::move(sentence), {}}));
}

Reply refuse_method(Exchange& exchange, std::string_view allow, std::string sentence) {
    auto reply = refuse(exchange, FailureCode::method_not_allowed, std::move(sentence));
    reply.add("Allow", allow);
    return reply;
}

}  // namespace davit::http
