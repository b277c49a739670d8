#include "host_check.hpp"

#include <algorithm>

#include "davit/headers/authority.hpp"
#include "davit/headers/scanner.hpp"
#include "davit/http/cors.hpp"
#include "davit/http/forwarding.hpp"
#include "davit/http/method_table.hpp"
#include "secrets.hpp"

namespace davit::http {
namespace {

/// Of the target when it is an absolute URI, else of Host (RFC 9112, 3.2.2). "" when the client named no host.
std::string_view requested_authority(const Exchange& exchange) {
    const auto target = exchange.target();
    const auto scheme = target.starts_with('/') ? std::string_view::npos : target.find("://");
    if (scheme == std::string_view::npos) return exchange.field(Field::host);
    const auto rest = target.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of("/?"));
}

/// No browser can connect to a unix socket; but a proxy in front of one may have named whom it serves.
bool came_through_unix_socket(const Exchange& exchange) {
    const bool local = exchange.peer == "unix" || exchange.peer.starts_with("uid=");
    return local && !exchange.nameless && exchange.client == exchange.peer;
}

bool is_from_trusted_proxy(const Exchange& exchange, bool observed) {
    return exchange.trusted_peer || (!observed && exchange.options().trusted_proxies.contains(exchange.peer));
}

bool nobody_has_to_log_in(const Exchange& exchange, bool observed) {
    return !observed || !exchange.shared.authenticator || exchange.options().login.anonymous;
}

bool is_own_name(const Exchange& exchange, std::string_view name) {
    const auto authority = headers::split_authority(name);
    if (!authority) return false;
    if (headers::is_unrebindable(*authority)) return true;
    return std::ranges::any_of(exchange.options().address.authorities, [&](const std::string& each) {
        const auto known = headers::split_authority(each);
        return known && headers::same_host(*known, *authority);
    });
}

/// A server is asked under few names: each thread remembers the last one that was right.
bool is_known_name(const Exchange& exchange, std::string_view name) {
    thread_local std::string last;
    thread_local std::optional<std::uint64_t> under;  // Settings::serial: an address may be used again
    if (under == exchange.settings.serial && name == last) return true;
    if (!is_own_name(exchange, name)) return false;
    if (name.size() > 256) return true;
    last = name;
    under = exchange.settings.serial;
    return true;
}

/// What the client named, cut to a length that a sentence can hold.
std::string quoted(std::string_view name) {
    std::string text(1, '"');
    text.append(name.substr(0, 200));
    text += '"';
    return text;
}

std::optional<Failure> check_requested_host(const Exchange& exchange, bool observed) {
    const auto name = requested_authority(exchange);
    // Every browser names a host. Clients of HTTP/1.0 need not.
    if (name.empty() || is_known_name(exchange, name)) return std::nullopt;
    if (came_through_unix_socket(exchange) || is_from_trusted_proxy(exchange, observed)) return std::nullopt;
    return Failure{FailureCode::misdirected_request,
                   quoted(name) +
                       " is not a known name of this server. If it is one, add it to server.authorities or "
                       "server.public_urls in the configuration. If a proxy passes this name on, as the name of its "
                       "upstream or of its client, server.trusted_proxies with the proxy's address does as well.",
                   {}};
}

bool changes_something(const Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    return row ? row->writes : exchange.method() == "POST";
}

/// By which scheme the client came, as far as that is known: a proxy may have taken TLS off.
std::optional<bool> scheme_is_secure(const Exchange& exchange) {
    if (exchange.secure) return true;
    return exchange.plain ? std::optional(false) : std::nullopt;
}

bool is_own_origin(const Exchange& exchange, std::string_view text) {
    if (exchange.field("Sec-Fetch-Site") == "same-origin" && text != "null") return true;
    const auto origin = headers::parse_web_origin(text);
    if (!origin) return false;
    const auto is_at = [&](std::string_view name) {
        const auto authority = headers::split_authority(name);
        return authority && headers::is_origin_of(*origin, *authority, scheme_is_secure(exchange));
    };
    if (is_at(requested_authority(exchange))) return true;
    const auto listed = [&](const std::string& each) {
        const auto known = headers::parse_web_origin(each);
        return known && headers::is_origin_of(*origin, known->authority, known->secure);
    };
    if (std::ranges::any_of(exchange.options().own_origins, listed)) return true;
    return exchange.trusted_peer && std::ranges::any_of(forwarded_hosts(exchange), is_at);
}

/// Programs that are no web pages, browser extensions among them, send origins such as "moz-extension://...". With
/// a login they know the password, which the browser never adds for them.
bool is_program_with_login(const Exchange& exchange, bool observed, std::string_view origin) {
    return !nobody_has_to_log_in(exchange, observed) && origin != "null" && !headers::parse_web_origin(origin);
}

std::optional<Failure> check_origin(const Exchange& exchange, bool observed) {
    if (!exchange.has(Field::origin) || !changes_something(exchange)) return std::nullopt;
    const auto origin = exchange.field(Field::origin);
    const bool single = !exchange.repeats(Field::origin);
    if (single && (is_listed_origin(exchange.options().cors, origin) || is_own_origin(exchange, origin) ||
                   is_program_with_login(exchange, observed, origin)))
        return std::nullopt;
    return Failure{FailureCode::foreign_origin,
                   "A page of " + quoted(without_secrets_of_url(origin)) +
                       " may not change anything here. If this is the address under which browsers know this "
                       "server, name it in server.public_urls; if the page is another program's that may use this "
                       "server, list its origin in cors.origins.",
                   {}};
}

}  // namespace

std::optional<Failure> check_page(const Exchange& exchange, bool observed) {
    if (nobody_has_to_log_in(exchange, observed))
        if (auto failure = check_requested_host(exchange, observed)) return failure;
    return check_origin(exchange, observed);
}

}  // namespace davit::http
