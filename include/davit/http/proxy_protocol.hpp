#pragma once
// The PROXY protocol: what a proxy that passes bytes on says before the first of them.
#include <optional>

#include "davit/headers/proxy_header.hpp"
#include "davit/http/connection.hpp"

namespace davit::http {

/// Reads the header, version 1 or 2, and not a byte more: TLS or HTTP follows. Nothing when there is no sound header
/// within `timeout`.
Task<std::optional<headers::ProxiedClient>> receive_proxy_header(Connection& connection, std::chrono::seconds timeout);

}  // namespace davit::http
