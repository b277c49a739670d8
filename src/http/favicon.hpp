#pragma once
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Browsers request /favicon.ico from every host. Returns nothing for other targets and for methods other than GET and
/// HEAD. Used instead of a 404 only: a file of this name has precedence.
std::optional<Reply> favicon(const Exchange& exchange);

}  // namespace davit::http
