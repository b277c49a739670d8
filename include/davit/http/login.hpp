#pragma once
// The login: runs after the head was checked and before any step that looks at resources.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

enum class Login : std::uint8_t { passed, refused, takes_time };
/// Sets `exchange.identity` without waiting. `refused`: `reply` has the reason; `takes_time`: the caller awaits
/// login().
Login login_at_once(Exchange& exchange, std::optional<Reply>& reply);
/// Sets `exchange.identity`, or returns the refusal. Separate threads compute slow password hashes, so that guesses do
/// not delay users who have logged in.
Task<std::optional<Reply>> login(Exchange& exchange);
/// The refusal of a request without the right: 401 with the ways to log in when there is no login; otherwise 403.
Reply refuse_rights(Exchange& exchange, Failure failure);

}  // namespace davit::http
