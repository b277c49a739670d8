#pragma once
// Enforces the access rules, in this one place (docs/access-rules.md).
#include <optional>

#include "davit/http/method_table.hpp"

namespace davit::http {

/// Nothing when the rules allow the request. Otherwise 401 for a request without a login, 403 `insufficient-privileges`
/// for a user. Decides by canonical paths (resolve_paths) only, so neither answer reveals what exists. Sets what
/// `exchange.caller()` gives to the engine, which leaves out of its answers what the user may not read.
std::optional<Reply> authorize(Exchange& exchange, const MethodRow& row);

}  // namespace davit::http
