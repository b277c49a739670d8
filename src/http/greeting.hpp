#pragma once
// Reads what precedes the first request of a connection: a PROXY header, a TLS handshake.
#include "davit/headers/proxy_header.hpp"
#include "davit/http/session.hpp"

namespace davit::http {

/// The client that a trusted proxy's PROXY header names. Returns nothing when there is no valid header; the caller then
/// closes the connection.
Task<std::optional<headers::ProxiedClient>> take_proxy_header(const Shared& shared, Connection& connection,
                                                              std::chrono::seconds timeout);
/// Returns false when the handshake failed. A client that sent plain HTTP gets a response that says so.
Task<bool> begin_tls(const Tls& tls, Connection& connection, std::chrono::seconds timeout);

}  // namespace davit::http
