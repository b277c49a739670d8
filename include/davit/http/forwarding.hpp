#pragma once
// What trusted proxies say about their clients, and what requests reveal about proxies.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Takes over the client's address, prefix, and whether it uses TLS, from Forwarded, X-Forwarded-For, -Proto, -Host,
/// -Prefix and X-Real-IP. Does nothing unless `exchange.trusted_peer`.
void believe_proxy(Exchange& exchange);

/// The names by which clients reached trusted proxies: hosts of Forwarded and X-Forwarded-Host. Only for an exchange
/// with `trusted_peer`.
std::vector<std::string> forwarded_hosts(const Exchange& exchange);

/// Warns when a failed request shows that a proxy takes off a prefix that is not configured.
void advise_on_prefix(const Exchange& exchange);

}  // namespace davit::http
