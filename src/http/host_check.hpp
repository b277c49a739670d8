#pragma once
// Whether a web page of somebody else may have sent a request: by its Host and by its Origin.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Refuses what a page of a foreign site sends through the browser of a user who can reach this server: requests under
/// a name that was rebound to this address (421), and changes that a foreign page asks for (403). `observed`: it is
/// a DAV listener; nobody logs in to the others. docs/dialects.md, "Pages of other origins".
std::optional<Failure> check_page(const Exchange& exchange, bool observed);

}  // namespace davit::http
