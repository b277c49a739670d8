#pragma once
// GET of a collection: a plain list for a person with a browser. No script, nothing from elsewhere.
#include "davit/http/exchange.hpp"

namespace davit::http {

Task<Reply> html_listing(Exchange& exchange);

}  // namespace davit::http
