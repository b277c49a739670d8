#include "davit/http/login.hpp"

#include <algorithm>

#include "davit/http/error_reply.hpp"

namespace davit::http {
namespace {

bool is_local(std::string_view address) {
    return address.starts_with("127.") || address == "::1" || address == "unix";
}

/// Nobody can listen in: TLS, a program on this machine, or a proxy that is trusted and does not say otherwise.
bool is_private(const Exchange& exchange) {
    if (exchange.secure) return true;
    if (exchange.nameless) return false;
    if (exchange.plain) return exchange.client_named && is_local(exchange.client);
    return exchange.trusted_peer || is_local(exchange.client);
}

login::Attempt attempt_of(const Exchange& exchange) {
    login::Attempt attempt;
    attempt.authorization = exchange.field(Field::authorization);
    attempt.method = exchange.method();
    attempt.target = exchange.target();
    if (const auto& address = exchange.address(); address.stripped)
        attempt.prefix = std::string_view(address.base_path).substr(0, address.base_path.size() - address.kept.size());
    // A client that contradicts its proxy must not make programs on the proxy's machine wait for its guesses.
    attempt.address = exchange.client_disputed ? std::string_view("disputed") : std::string_view(exchange.client);
    attempt.private_way = is_private(exchange);
    const auto& options = exchange.options().login;
    if (!exchange.trusted_peer) return attempt;
    if (!options.user_header.empty()) attempt.user = exchange.field(options.user_header);
    if (!options.groups_header.empty()) attempt.groups = exchange.field(options.groups_header);
    return attempt;
}

/// A proxy that adds its field behind the client's own lets the client choose the name.
bool names_user_twice(const Exchange& exchange) {
    const auto& options = exchange.options().login;
    const auto is_repeated = [&](const std::string& name) { return !name.empty() && exchange.head.count(name) > 1; };
    return exchange.trusted_peer && !options.user_header.empty() &&
           (is_repeated(options.user_header) || is_repeated(options.groups_header));
}

Reply challenge(Exchange& exchange, Failure failure, bool private_way, bool stale) {
    const auto ways = exchange.shared.authenticator->challenges(private_way, stale);
    if (ways.empty()) {  // 401 must name a way (RFC 9110, 15.5.2)
        auto none = exchange.shared.authenticator->no_way_in();
        none.facts = std::move(failure.facts);
        failure = std::move(none);
    }
    auto reply = refuse(exchange, engine::Refusal(std::move(failure)));
    // A line each: some clients read only the first scheme of a line.
    for (const auto& way : ways) reply.add("WWW-Authenticate", way);
    return reply;
}

/// Folders and rules take names that differ by Unicode form alone for one.
bool has_own_name(const Exchange& exchange, const Identity& who) {
    const auto form = exchange.options().name_form;
    const auto beyond_ascii = [](unsigned char c) { return c >= 0x80; };
    return !form || std::ranges::none_of(who.name, beyond_ascii) || form(who.name) == who.name;
}

std::optional<Reply> settle(Exchange& exchange, login::Verdict verdict, bool private_way) {
    if (verdict.identity && !has_own_name(exchange, *verdict.identity)) {
        verdict.identity = nullptr;
        verdict.refused = Failure{FailureCode::user_name_not_composed,
                                  "The user's name is not in Unicode's composed form (NFC), so it could be taken for "
                                  "somebody else's.",
                                  {}};
    }
    exchange.identity = std::move(verdict.identity);
    exchange.asked = true;
    if (!verdict.refused) return std::nullopt;
    if (verdict.refused->status() == Status::unauthorized)
        return challenge(exchange, std::move(*verdict.refused), private_way, verdict.stale);
    return refuse(exchange, engine::Refusal(std::move(*verdict.refused)));
}

}  // namespace

Login login_at_once(Exchange& exchange, std::optional<Reply>& reply) {
    if (!exchange.shared.authenticator || exchange.asked) return Login::passed;
    if (names_user_twice(exchange)) {
        reply = refuse(exchange, FailureCode::several_proxy_users,
                       "The proxy in front named the user or the groups more than once.");
        return Login::refused;
    }
    const auto attempt = attempt_of(exchange);
    auto verdict = exchange.shared.authenticator->at_once(attempt);
    if (!verdict) return Login::takes_time;
    reply = settle(exchange, std::move(*verdict), attempt.private_way);
    return reply ? Login::refused : Login::passed;
}

Task<std::optional<Reply>> login(Exchange& exchange) {
    std::optional<Reply> reply;
    if (login_at_once(exchange, reply) != Login::takes_time) co_return reply;
    const auto attempt = attempt_of(exchange);
    auto verdict = co_await exchange.shared.logins.run([&] { return exchange.shared.authenticator->decide(attempt); });
    co_return settle(exchange, std::move(verdict), attempt.private_way);
}

Reply refuse_rights(Exchange& exchange, Failure failure) {
    if (exchange.identity || !exchange.shared.authenticator)
        return refuse(exchange, engine::Refusal(std::move(failure)));
    Failure asks_for_login{FailureCode::unauthorized, "This needs a login.", {}};
    asks_for_login.facts.rule = std::move(failure.facts.rule);
    return challenge(exchange, std::move(asks_for_login), attempt_of(exchange).private_way, false);
}

}  // namespace davit::http
