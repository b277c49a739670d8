#pragma once
// Who asks: between a request's head and everything that looks at resources.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

enum class Login : std::uint8_t { passed, refused, takes_time };
/// Settles `exchange.identity` without waiting. `refused`: `reply` says why; `takes_time`: ask login().
Login login_at_once(Exchange& exchange, std::optional<Reply>& reply);
/// The answer when whoever asks does not get in; otherwise `exchange.identity` is settled. A slow password hash is
/// computed on threads of its own, so that guessing passwords holds up nobody who is in.
Task<std::optional<Reply>> login(Exchange& exchange);
/// For who may not do what they ask for: 401 with the ways to log in while nobody has; otherwise 403.
Reply refuse_rights(Exchange& exchange, Failure failure);

}  // namespace davit::http
