#pragma once
// Predicts the result of a request: `davit why`.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// POST /why: the body is a request as a client would send it; its own body is needed only if the server parses it
/// (XML). The field Why-User names the user; without it the request is anonymous. Runs the server's own pipeline on
/// ports that change nothing, and responds with JSON: status, code, the gates in their order, and the failure.
Task<Reply> handle_why(Exchange& exchange);

}  // namespace davit::http
