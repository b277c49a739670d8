#include "rehearse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <deque>

#include "answer.hpp"
#include "davit/core/utf8.hpp"
#include "davit/headers/scanner.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/known_head.hpp"
#include "davit/http/problem_json.hpp"
#include "davit/http/request_head.hpp"
#include "davit/store/rehearsal.hpp"

namespace davit::http {
namespace {

constexpr std::uint64_t max_rehearsed_bytes = 1024 * 1024;  ///< of head and XML body

/// The settings of real requests, but for the ports: these change nothing.
class Rehearsal {
public:
    explicit Rehearsal(const Settings& real) : settings_{real.options, wrap(real.services), {}, real.serial} {
        for (const auto& each : real.exports) settings_.exports.push_back(wrap(each));
    }
    const Settings& settings() const { return settings_; }
    const GateTrace& trace() const { return trace_; }

private:
    engine::Services wrap(const engine::Services& real) {
        return {resources_.emplace_back(real.resources, trace_),
                properties_.emplace_back(real.properties, trace_),
                locks_.emplace_back(real.locks, trace_),
                real.clock,
                real.tokens,
                real.policy,
                &trace_};
    }

    GateTrace trace_;
    std::deque<store::RehearsedResources> resources_;
    std::deque<store::RehearsedProperties> properties_;
    std::deque<store::RehearsedLocks> locks_;
    Settings settings_;
};

/// A client always names a host; the server's first name is as good as any.
std::string with_host(std::string text, const Exchange& asking) {
    const auto line = text.find("\r\n");
    const auto head = text.substr(0, text.find("\r\n\r\n"));
    for (auto at = line; at < head.size(); at = head.find("\r\n", at + 2))
        if (headers::iequals(std::string_view(head).substr(at + 2, 5), "host:")) return text;
    const auto& names = asking.options().address.authorities;
    const auto host = names.empty() ? std::string("localhost") : names.front();
    return line == text.npos ? text : text.insert(line, "\r\nHost: " + host);
}

boost::json::array gates_of(const GateTrace& trace, bool failed) {
    boost::json::array gates;
    bool after = false;  // some gates are asked again behind others: what was found there before counts no longer
    for (std::size_t i = 0; i < gate_count; ++i) {
        const auto gate = static_cast<Gate>(i);
        const bool here = failed && trace.last() == gate;
        const bool passed = trace.has_entered(gate) && !here && !after;
        after = after || here;
        gates.push_back(boost::json::object{{"gate", std::string(name(gate))},
                                            {"asks", std::string(description(gate))},
                                            {"state", here     ? "failed"
                                                      : passed ? "passed"
                                                               : "not-asked"}});
    }
    return gates;
}

boost::json::object outcome_of(const Exchange& exchange, const Reply& reply, const GateTrace& trace) {
    const bool failed = exchange.failure != nullptr;
    boost::json::object facts{{"method", std::string(exchange.method())},
                              {"target", std::string(exchange.target())},
                              {"user", exchange.identity ? exchange.identity->name : std::string()},
                              {"login", exchange.shared.authenticator != nullptr},
                              {"status", number(reply.status)},
                              {"changes", trace.has_entered(Gate::commit)},
                              {"gates", gates_of(trace, failed)}};
    if (failed) {
        facts["code"] = std::string(name(exchange.failure->refusal.failure.code));
        facts["failed"] = std::string(trace.last() ? name(*trace.last()) : name(Gate::request));
        auto failure = problem(*exchange.failure, exchange.request_id, exchange.body_context().href);
        const auto& rule = exchange.failure->refusal.failure.facts.rule;
        if (rule) failure["rule"] = describe_rule(*rule);
        facts["failure"] = std::move(failure);
    }
    if (trace.new_home) facts["new-home"] = true;
    return facts;
}

/// Whose request it is is said, not proved: that is the operator's right, who could read the files as well. False:
/// nobody can log in with this name.
bool take_user(Exchange& exchange, std::string_view user) {
    if (user.empty() || !exchange.shared.authenticator) return true;
    exchange.identity = exchange.shared.authenticator->known_user(user);
    exchange.asked = exchange.identity != nullptr;
    return exchange.asked;
}

Reply refuse_user(Exchange& exchange, std::string_view user) {
    ask(exchange.services(), Gate::login);
    return refuse(exchange, FailureCode::wrong_credentials,
                  "No account has the name \"" + std::string(user) + "\": nobody can log in with it.");
}

Reply outcome_reply(const boost::json::object& value) {
    Reply reply;
    reply.add("Content-Type", "application/json");
    reply.add("Cache-Control", "no-store");
    reply.body = as_utf8(boost::json::serialize(value)) + "\n";
    return reply;
}

/// What is there of a body goes where the connection would have put it; one that is not there is taken as received.
void give_body(InputBuffer& input, std::string_view rest) {
    if (rest.empty()) return;
    const auto room = input.prepare(rest.size());
    std::memcpy(room.data(), rest.data(), rest.size());
    input.commit(rest.size());
}

}  // namespace

Task<Reply> handle_why(Exchange& asking) {
    const auto sent = co_await asking.body.read_all(max_rehearsed_bytes);
    if (!sent) co_return refuse(asking, engine::Refusal(sent.error()));
    const auto text = with_host(*sent, asking);
    const std::string user(asking.custom("Why-User"));

    Rehearsal rehearsal(asking.settings);
    const auto& limits = asking.options().limits;
    Parser parser;
    prepare(parser, limits);
    error_code error;
    const auto used = parser.put(asio::const_buffer(text.data(), text.size()), error);
    const bool malformed = (error && error != beast_http::error::need_more) || !parser.is_header_done();

    ConnectionList connections;
    const auto executor = co_await asio::this_coro::executor;
    Connection connection(Socket(executor), "unix", connections);
    InputBuffer input;
    give_body(input, std::string_view(text).substr(used));
    RequestBody body(connection, input, parser, limits, asking.shared.memory);
    if (!body.buffered()) body.assume_received();
    Exchange exchange(asking.shared, rehearsal.settings(), parser, body, connection.peer());
    exchange.request_id = asking.request_id;
    exchange.secure = true;
    const Service service{dispatch_dav};
    Reply reply;
    ask(exchange.services(), Gate::request);
    const bool known = take_user(exchange, user);
    if (malformed)
        reply = answer_malformed(service, exchange, head_failure(error, parser, {text}, limits));
    else if (known)
        reply = co_await answer(service, exchange);
    else
        reply = refuse_user(exchange, user);
    co_return outcome_reply(outcome_of(exchange, reply, rehearsal.trace()));
}

}  // namespace davit::http
