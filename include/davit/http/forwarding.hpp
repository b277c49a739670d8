#pragma once
// What trusted proxies say about their clients, and what requests say about proxies.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Takes over who asks, under which address and prefix, and whether by TLS, from Forwarded, X-Forwarded-For, -Proto,
/// -Host, -Prefix and X-Real-IP. Does nothing unless `exchange.trusted_peer`.
void believe_proxy(Exchange& exchange);

/// The names under which trusted proxies were asked for what they forward: hosts of Forwarded and X-Forwarded-Host.
/// For an exchange with `trusted_peer` only.
std::vector<std::string> forwarded_hosts(const Exchange& exchange);

/// A request that failed may show that a proxy takes a prefix off nobody here has been told of.
void advise_on_prefix(const Exchange& exchange);

}  // namespace davit::http
