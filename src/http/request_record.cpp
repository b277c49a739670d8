#include "request_record.hpp"

#include "davit/http/forwarding.hpp"
#include "secrets.hpp"
#include "trace_lines.hpp"

namespace davit::http {
namespace {

/// W3C Trace Context: version-traceid-parentid-flags, all hex.
void set_trace(AccessRecord& record, std::string_view traceparent) {
    if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return;
    if (traceparent.substr(0, 55).find_first_not_of("0123456789abcdef-") != std::string_view::npos) return;
    record.trace_id = traceparent.substr(3, 32);
    record.span_id = traceparent.substr(36, 16);
}

}  // namespace

namespace {

/// Its second user has a field of its own.
std::string_view litmus_test(const Exchange& exchange) {
    const auto first = exchange.custom("X-Litmus");
    return first.empty() ? exchange.custom("X-Litmus-Second") : first;
}

}  // namespace

namespace {

std::shared_ptr<const FailureReport> logged_failure(const Exchange& exchange) {
    const auto& failure = exchange.failure;
    if (!failure || !exchange.target().starts_with("//")) return failure;
    auto href = logged_href(failure->href, exchange.target());
    if (href == failure->href) return failure;
    auto logged = std::make_shared<FailureReport>(*failure);
    logged->href = std::move(href);
    return logged;
}

}  // namespace

void report(const Turn& turn, const Reply& reply, const Written& written, bool traced) {
    const auto& exchange = *turn.exchange;
    if (exchange.shared.observers.empty()) return;
    if (exchange.failure && exchange.has(Field::destination)) advise_on_prefix(exchange);
    AccessRecord record;
    record.request_id = exchange.request_id;
    record.method = exchange.method();
    std::string target, destination, agent;
    record.target = logged_target(exchange.target(), target);
    if (exchange.failure && exchange.has(Field::destination))
        record.destination = destination = without_secrets_of_url(exchange.field(Field::destination));
    if (exchange.identity) record.principal = exchange.identity->name;
    record.client = exchange.client;
    if (exchange.client != exchange.peer) record.peer = exchange.peer;
    record.user_agent = exchange.field(Field::user_agent);
    if (record.user_agent.contains('@')) record.user_agent = agent = without_users(record.user_agent);
    if (record.user_agent.starts_with("litmus/")) record.litmus = litmus_test(exchange);
    if (traced) set_trace(record, exchange.custom("traceparent"));
    record.status = number(reply.status);
    record.bytes_in = exchange.body.received();
    record.bytes_out = written.bytes;
    record.duration = std::chrono::duration_cast<std::chrono::microseconds>(Turn::Clock::now() - turn.started);
    record.complete = written.complete;
    record.failure = logged_failure(exchange);
    for (auto* observer : exchange.shared.observers) observer->finished(record);
    trace(exchange, reply, written);
}

}  // namespace davit::http
