#pragma once
// CORS (fetch.spec.whatwg.org, 3.2): which origins may send requests, and what their scripts may read.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// The answer to a preflight of a listed origin. A browser sends it without credentials, so it comes before the login.
/// Nothing for other requests, and for origins that are not listed: those get the ordinary answer, which allows
/// nothing, and the browser stops the script.
std::optional<Reply> cors_preflight(const Exchange& exchange);
/// Whether cors.origins names this value of an Origin field.
bool is_listed_origin(const CorsOptions& options, std::string_view origin);
/// Lets a listed origin read this answer, whatever its status. Adds nothing when no origin is configured.
void add_cors(const Exchange& exchange, Reply& reply);

}  // namespace davit::http
