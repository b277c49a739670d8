#include "davit/http/management.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "davit/core/http_date.hpp"
#include "davit/core/utf8.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/problem_json.hpp"
#include "handle_trash.hpp"
#include "rehearse.hpp"

namespace davit::http {
namespace {

Reply text_reply(Status status, std::string_view media_type, std::string text) {
    Reply reply;
    reply.status = status;
    reply.add("Content-Type", media_type);
    reply.add("Cache-Control", "no-store");
    reply.body = std::move(text);
    return reply;
}

Reply json_text_reply(const boost::json::value& value) {
    // A client's name for itself, for one, may be any bytes.
    return text_reply(Status::ok, "application/json", as_utf8(boost::json::serialize(value)) + "\n");
}

Readiness readiness_of(const Exchange& exchange) {
    const auto& readiness = exchange.shared.vitals.readiness;
    return readiness ? readiness() : Readiness{};
}

/// The details name folders and their faults.
Reply ready_reply(const Exchange& exchange) {
    const auto readiness = readiness_of(exchange);
    return text_reply(readiness.ready ? Status::ok : Status::service_unavailable, "text/plain; charset=utf-8",
                      as_utf8((readiness.ready ? "ready\n" : "not ready\n") + readiness.details));
}

Reply expose(const Management& management, const Exchange& exchange) {
    management.metrics.set_gauge("davit_ready", "1 while /readyz says so, else 0.",
                                 readiness_of(exchange).ready ? 1 : 0);
    if (const auto& lost = exchange.shared.vitals.lost_log_lines)
        management.metrics.set_counter("davit_log_lines_dropped_total",
                                       "Log lines dropped because what reads the log stood still.", lost());
    management.metrics.set_gauge("davit_locks", "Locks held.", static_cast<double>(management.all_locks()));
    const auto trash = management.trash();
    const auto set = [&](const char* name, const char* help, std::uint64_t value) {
        management.metrics.set_gauge(name, help, static_cast<double>(value));
    };
    set("davit_trash_bytes", "What the trash keeps, as it takes room on the disk.", trash.bytes);
    set("davit_trash_max_bytes", "Beyond it the oldest entries go; 0: no bound.", trash.max_bytes);
    set("davit_trash_evicted_entries", "Entries that went because of trash.max_size, since the start.", trash.evicted);
    set("davit_trash_stuck_entries", "Deleted things that cannot be removed from the disk.", trash.stuck);
    return text_reply(Status::ok, "text/plain; version=0.0.4; charset=utf-8", management.metrics.expose());
}

boost::json::object describe(const Exchange& exchange, const ActiveLock& lock) {
    using namespace std::chrono;
    const auto now = exchange.services().clock.monotonic();
    return {{"token", lock.token},
            {"href", exchange.href(lock.root, lock.root_is_collection)},
            {"scope", std::string(name(lock.scope))},
            {"depth", lock.depth == Depth::infinity ? "infinity" : "0"},
            {"owner", lock.owner_xml},
            {"user", lock.principal},
            {"client", lock.client},
            {"request_id", lock.request_id},
            {"age_s", duration_cast<seconds>(now - lock.created).count()},
            {"remaining_s", duration_cast<seconds>(lock.expires - now).count()}};
}

Reply list_locks(const Management& management, const Exchange& exchange) {
    boost::json::array all;
    for (const auto& lock : management.locks.all()) all.push_back(describe(exchange, *lock));
    return json_text_reply(all);
}

Task<Reply> one_lock(const Management& management, Exchange& exchange, const LockToken& token) {
    const auto lock = management.locks.find(token);
    if (!lock) co_return refuse(exchange, FailureCode::unknown_lock, "No lock has this token.");
    if (exchange.method() == "GET") co_return json_text_reply(describe(exchange, *lock));
    const auto removed = co_await exchange.shared.workers.run([&] { return management.locks.remove(token); });
    if (!removed) co_return refuse(exchange, engine::Refusal(removed.error()));
    exchange.shared.tell({"lock-broken",
                          exchange.request_id,
                          exchange.peer,
                          {{"href", exchange.href(lock->root, lock->root_is_collection)},
                           {"token", lock->token},
                           {"user", lock->principal},
                           {"client", lock->client},
                           {"locked_by_request", lock->request_id}}});
    co_return json_text_reply(describe(exchange, *lock));
}

void describe(const RecentFailures::Item& item, boost::json::object& into) {
    std::string time;
    append_rfc3339(time, item.time);
    into["method"] = as_utf8(item.method);
    into["answered"] = item.status;
    into["time"] = time;
    into["user"] = as_utf8(item.user);
    into["client"] = as_utf8(item.client);
    if (!item.destination.empty()) into["destination"] = as_utf8(item.destination);
}

/// One line each, the oldest first; GET /failures/ID has the rest.
Reply list_failures(const Management& management) {
    boost::json::array all;
    for (const auto& item : management.failures.all()) {
        const auto& refusal = item.report->refusal;
        boost::json::object one{{"request-id", as_utf8(item.request_id)},
                                {"path", as_utf8(item.target)},
                                {"href", as_utf8(item.report->href)},
                                {"status", number(refusal.failure.status())},
                                {"code", std::string(name(refusal.failure.code))},
                                {"detail", as_utf8(refusal.failure.sentence)},
                                {"dependents", refusal.dependents}};
        describe(item, one);
        all.push_back(std::move(one));
    }
    return json_text_reply(all);
}

Reply one_failure(const Management& management, Exchange& exchange, std::string_view id) {
    const auto found = management.failures.find(id);
    if (!found)
        return refuse(exchange, FailureCode::unknown_request_id,
                      "No recent failure has this request id; older ones are in the log.");
    exchange.mapping = found->report->mapping;  // it may have happened in another export
    auto facts = problem(*found->report, found->request_id, exchange.body_context().href);
    describe(*found, facts);
    facts["path"] = as_utf8(found->target);
    if (const auto& rule = found->report->refusal.failure.facts.rule) facts["rule"] = describe_rule(*rule);
    if (found->left_out > 0) facts["left-out"] = found->left_out;
    return json_text_reply(facts);
}

std::string field_text(const Exchange& exchange, std::string_view name) {
    return std::string(exchange.custom(name));
}

/// Each field names one user, path or client.
std::optional<TraceFilter> filter_of(const Exchange& exchange) {
    TraceFilter filter;
    if (auto user = field_text(exchange, "Trace-User"); !user.empty()) filter.users.push_back(std::move(user));
    if (const auto path = field_text(exchange, "Trace-Path"); !path.empty()) {
        auto parsed = ResourcePath::from_decoded(path);
        if (!path.starts_with('/') || !parsed) return std::nullopt;
        filter.paths.push_back(std::move(*parsed));
    }
    if (auto client = field_text(exchange, "Trace-Client"); !client.empty()) {
        if (!filter.client_list.add(client)) return std::nullopt;
        filter.clients.push_back(std::move(client));
    }
    return filter;
}

Reply begin_trace(Exchange& exchange) {
    auto filter = filter_of(exchange);
    if (!filter)
        return refuse(exchange, FailureCode::bad_request,
                      "A path begins with a slash, and a client is an address, a network or \"unix\".");
    const void* place = exchange.where == &exchange.shared.whole ? nullptr : exchange.where;
    const auto id = exchange.shared.trace.watch(std::move(*filter), place);
    if (!id)
        return refuse(exchange, FailureCode::overloaded,
                      "Others watch already: at most " + std::to_string(WireTrace::max_watchers) + " may.");
    return json_text_reply(boost::json::object{{"id", *id}});
}

Reply one_trace(Exchange& exchange, const std::string& id) {
    if (exchange.method() == "DELETE") {
        const bool ended = exchange.shared.trace.end(id);
        return json_text_reply(boost::json::object{{"ended", ended}});
    }
    const auto news = exchange.shared.trace.take(id);
    if (!news)
        return refuse(exchange, FailureCode::not_found, "No trace has this id, or nobody asked for it for long.");
    boost::json::array requests;
    for (const auto& each : news->requests) {
        boost::json::array lines;
        for (const auto& line : each.lines) lines.emplace_back(line);
        requests.emplace_back(boost::json::object{{"request_id", each.request_id}, {"wire", std::move(lines)}});
    }
    return json_text_reply(boost::json::object{{"requests", std::move(requests)}, {"lost", news->lost}});
}

Reply unknown(Exchange& exchange) {
    return refuse(exchange, FailureCode::not_found, "Nothing is served here.");
}

}  // namespace

Task<Reply> handle_public(const Management& management, Exchange& exchange) {
    if (exchange.method() != "GET" && exchange.method() != "HEAD")
        co_return refuse_method(exchange, "GET, HEAD", "Only GET and HEAD are served here.");
    const auto& path = exchange.path.str();
    if (path == "healthz") co_return text_reply(Status::ok, "text/plain", "ok\n");
    if (path == "metrics") co_return expose(management, exchange);
    if (path == "readyz") co_return ready_reply(exchange);
    co_return unknown(exchange);
}

Task<Reply> handle_control(const Management& management, Exchange& exchange) {
    const auto& path = exchange.path.str();
    const bool get = exchange.method() == "GET";
    if (get && path == "locks") co_return list_locks(management, exchange);
    if ((get || exchange.method() == "DELETE") && path.starts_with("locks/"))
        co_return co_await one_lock(management, exchange, path.substr(6));
    if (path == "trash" || path.starts_with("trash/")) co_return co_await handle_trash(management, exchange);
    if (get && path == "failures") co_return list_failures(management);
    if (exchange.method() == "POST" && path == "why") co_return co_await handle_why(exchange);
    if (exchange.method() == "POST" && path == "trace") co_return begin_trace(exchange);
    if ((get || exchange.method() == "DELETE") && path.starts_with("trace/"))
        co_return one_trace(exchange, path.substr(6));
    if (get && path.starts_with("failures/"))
        co_return one_failure(management, exchange, std::string_view(path).substr(9));
    co_return co_await handle_public(management, exchange);
}

}  // namespace davit::http
