#pragma once
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Browsers ask every host for /favicon.ico. Nothing when the request is about anything else, or is no GET or HEAD. A
/// file of this name goes before it, so it is the answer only where there would be 404.
std::optional<Reply> favicon(const Exchange& exchange);

}  // namespace davit::http
