#pragma once
// Which of the served folders a request is about.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Settles `where`, `mapping` and `path` by the Request-URI. The answer when there is no way in: homes have none for
/// whoever has not logged in. Looks at nothing but names.
std::optional<Reply> enter(Exchange& exchange);
/// A user's home is made when it is asked for and is not there. To be called once rights are settled; `false`: it may
/// have to be made, which takes time.
bool is_furnished(const Exchange& exchange);
/// Makes it; the answer when that fails.
Task<std::optional<Reply>> furnish(Exchange& exchange);

}  // namespace davit::http
