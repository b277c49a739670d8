#pragma once
// Selects the share of a request.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Sets `where`, `mapping` and `path` from the Request-URI. Returns an answer when the user cannot enter: a request
/// without a login has no home. Uses names only.
std::optional<Reply> enter(Exchange& exchange);
/// Whether the user's home is known to exist. The server makes a home when a request needs it. Call this after the
/// rules have allowed the request; `false`: furnish() may have to make it, which takes time.
bool is_furnished(const Exchange& exchange);
/// Makes the home; returns an answer when that fails.
Task<std::optional<Reply>> furnish(Exchange& exchange);

}  // namespace davit::http
