#pragma once
// What comes on a connection before its first request: a PROXY header, a TLS handshake.
#include "davit/headers/proxy_header.hpp"
#include "davit/http/session.hpp"

namespace davit::http {

/// Whom a trusted proxy's PROXY header names; nothing, and the connection is to be closed, when there is no header.
Task<std::optional<headers::ProxiedClient>> take_proxy_header(const Shared& shared, Connection& connection,
                                                              std::chrono::seconds timeout);
/// False: it came to nothing. Whoever speaks plain HTTP is told so.
Task<bool> begin_tls(const Tls& tls, Connection& connection, std::chrono::seconds timeout);

}  // namespace davit::http
