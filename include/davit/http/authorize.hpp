#pragma once
// Whether the asker may do what is asked: the one place where rules are enforced (docs/access-rules.md).
#include <optional>

#include "davit/http/method_table.hpp"

namespace davit::http {

/// Nothing when the rules let it pass. Otherwise 401 for nobody in particular, 403 `insufficient-privileges` for a
/// user, decided by canonical paths (resolve_paths) and nothing else: neither says what exists. Sets what
/// `exchange.caller()` gives to the engine, which leaves out of its answers what the asker may not read.
std::optional<Reply> authorize(Exchange& exchange, const MethodRow& row);

}  // namespace davit::http
