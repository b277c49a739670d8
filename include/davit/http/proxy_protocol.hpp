#pragma once
// The PROXY protocol: what a proxy that passes bytes on says before the first of them.
#include <optional>
#include <string>

#include "davit/http/connection.hpp"

namespace davit::http {

/// Reads the header, version 1 or 2, and not a byte more: TLS or HTTP follows. The client's address, or "" when the
/// proxy names none (its own health check); nothing when there is no sound header within `timeout`.
Task<std::optional<std::string>> receive_proxy_header(Connection& connection, std::chrono::seconds timeout);

}  // namespace davit::http
