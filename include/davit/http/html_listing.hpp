#pragma once
// GET of a collection: a plain list for a browser. No script, nothing from other servers.
#include "davit/http/exchange.hpp"

namespace davit::http {

Task<Reply> html_listing(Exchange& exchange);

}  // namespace davit::http
