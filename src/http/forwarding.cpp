#include "davit/http/forwarding.hpp"

#include <algorithm>
#include <array>

#include "davit/headers/forwarded.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::http {
namespace {

/// One way of telling it: RFC 7239's, or one of the older ones.
struct Account {
    std::string client;
    std::string host;
    std::string proto;
};

const PeerList& trusted(const Exchange& exchange) {
    return exchange.options().trusted_proxies;
}

/// Each trusted proxy is believed about whom it has received the request from, and nobody else about anybody.
Account by_forwarded(const Exchange& exchange) {
    Account account;
    const auto hops = headers::parse_forwarded(exchange.joined(Field::forwarded));
    if (!hops) return account;
    for (auto hop = hops->rbegin(); hop != hops->rend(); ++hop) {
        if (!hop->host.empty()) account.host = hop->host;
        if (!hop->proto.empty()) account.proto = hop->proto;
        if (hop->client.empty()) break;
        account.client = hop->client;
        if (!trusted(exchange).contains(account.client)) break;
    }
    return account;
}

Account by_x_forwarded(const Exchange& exchange) {
    Account account;
    const auto clients = headers::parse_x_forwarded_for(exchange.joined("X-Forwarded-For"));
    for (auto client = clients.rbegin(); client != clients.rend() && !client->empty(); ++client) {
        account.client = *client;
        if (!trusted(exchange).contains(account.client)) break;
    }
    account.host = headers::parse_x_forwarded_host(exchange.joined("X-Forwarded-Host"));
    account.proto = exchange.joined("X-Forwarded-Proto");
    return account;
}

/// Only ever one address: that of another proxy says nothing of the client.
Account by_real_ip(const Exchange& exchange) {
    Account account;
    account.client = headers::parse_node(exchange.custom("X-Real-IP")).value_or("");
    if (trusted(exchange).contains(account.client)) account.client.clear();
    return account;
}

/// A proxy that sets one of the fields passes the others on as the client wrote them. So where two of them name
/// different addresses nobody can tell which one is the proxy's: neither is believed.
void take_client(Exchange& exchange, const std::array<Account, 3>& accounts) {
    std::string found;
    std::string hidden;
    for (const auto& account : accounts) {
        if (account.client.empty()) continue;
        if (!IpAddress::parse(account.client)) {
            hidden = account.client;
        } else if (found.empty()) {
            found = account.client;
        } else if (found != account.client) {
            exchange.client_disputed = true;
            exchange.shared.advise(
                "A trusted proxy sends contradicting Forwarded, X-Forwarded-For or X-Real-IP fields, so its own "
                "address counts as the client's: it has to set each of them or to take it away.");
            return;
        }
    }
    if (found.empty()) found = std::move(hidden);
    if (found.empty()) return;
    exchange.client = std::move(found);
    exchange.client_named = true;
}

void take_scheme(Exchange& exchange, const std::array<Account, 3>& accounts) {
    // Each proxy adds its own; whoever says "http" has seen it come in the clear.
    const auto says = [&](std::string_view wanted) {
        return std::ranges::any_of(accounts, [&](const auto& account) {
            for (std::string_view rest = account.proto; !rest.empty();)
                if (headers::iequals(headers::next_element(rest), wanted)) return true;
            return false;
        });
    };
    exchange.plain = says("http");
    if (exchange.plain || says("https")) exchange.secure = !exchange.plain;
}

/// The prefix the proxy has taken off stands before the configured one; or it is that one, told twice.
void add_prefix(headers::PublicAddress& address, std::string_view target, const std::string& prefix) {
    if (headers::is_same_path(prefix, address.base_path)) {
        address.stripped = address.stripped || !headers::has_base_path(target, address);
        address.base_path = prefix;
        return;
    }
    if (!address.stripped) address.kept = address.base_path;
    address.stripped = true;
    address.base_path.insert(0, prefix);
}

void take_address(Exchange& exchange, const std::array<Account, 3>& accounts) {
    const auto prefix = headers::parse_x_forwarded_prefix(exchange.joined("X-Forwarded-Prefix"));
    const bool refers = exchange.has(Field::destination) || exchange.has(Field::if_);
    const bool names = std::ranges::any_of(accounts, [](const auto& account) { return !account.host.empty(); });
    if (prefix.empty() && !(refers && names)) return;
    auto address = exchange.address();
    if (!prefix.empty()) add_prefix(address, exchange.target(), prefix);
    for (const auto& account : accounts)
        if (!account.host.empty()) address.authorities.push_back(account.host);
    exchange.set_address(std::move(address));
}

/// The folder of a target or of a reference as it was sent: up to the last slash but one at its end.
std::string_view folder_of(std::string_view path) {
    path = path.substr(0, path.find('?'));
    if (path.ends_with('/')) path.remove_suffix(1);
    return path.substr(0, path.rfind('/') + 1);
}

/// A rename in its folder whose Destination has the same folder with something before it.
std::string_view extra_prefix(std::string_view target, std::string_view destination) {
    if (const auto scheme = destination.find("://"); scheme != std::string_view::npos) {
        const auto slash = destination.find('/', scheme + 3);
        destination = slash == std::string_view::npos ? std::string_view() : destination.substr(slash);
    }
    const auto from = folder_of(target);
    const auto to = folder_of(destination);
    return to.size() > from.size() && to.ends_with(from) ? to.substr(0, to.size() - from.size()) : std::string_view();
}

}  // namespace

void believe_proxy(Exchange& exchange) {
    if (!exchange.trusted_peer) return;
    const std::array accounts{by_forwarded(exchange), by_x_forwarded(exchange), by_real_ip(exchange)};
    take_client(exchange, accounts);
    take_scheme(exchange, accounts);
    take_address(exchange, accounts);
}

std::vector<std::string> forwarded_hosts(const Exchange& exchange) {
    std::vector<std::string> hosts;
    for (const auto& account : {by_forwarded(exchange), by_x_forwarded(exchange)})
        if (!account.host.empty()) hosts.push_back(account.host);
    return hosts;
}

void advise_on_prefix(const Exchange& exchange) {
    const auto& address = exchange.address();
    const auto code = exchange.failure->refusal.failure.code;
    const auto destination = exchange.field(Field::destination);
    if (address.stripped || destination.empty()) return;
    if (!address.base_path.empty() && code == FailureCode::outside_base_path &&
        headers::has_base_path(destination, address) && !headers::has_base_path(exchange.target(), address))
        exchange.shared.advise("Requests come without " + address.base_path +
                               " and their Destination with it: a proxy takes it off. Say server.base_path_stripped = "
                               "true, or let the proxy leave it.");
    if (!address.base_path.empty() || code != FailureCode::parent_missing) return;
    const auto extra = extra_prefix(exchange.target(), destination);
    if (!extra.empty() && headers::parse_x_forwarded_prefix(extra) == extra)
        exchange.shared.advise("A rename that failed has " + std::string(extra) +
                               " before its Destination's path: if a proxy takes this prefix off the requests, say "
                               "server.base_path = \"" +
                               std::string(extra) + "\" and server.base_path_stripped = true.");
}

}  // namespace davit::http
