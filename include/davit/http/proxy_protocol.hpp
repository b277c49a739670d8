#pragma once
// The PROXY protocol: the header that a proxy sends before the bytes of a connection.
#include <optional>

#include "davit/headers/proxy_header.hpp"
#include "davit/http/connection.hpp"

namespace davit::http {

/// Reads the header, version 1 or 2, and no byte more: TLS or HTTP follows. Nothing when no valid header arrives within
/// `timeout`.
Task<std::optional<headers::ProxiedClient>> receive_proxy_header(Connection& connection, std::chrono::seconds timeout);

}  // namespace davit::http
