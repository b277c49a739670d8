#pragma once
// What would become of a request: `davit why`.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// POST /why: the body is a request as a client would send it, of which only a body that is looked into (XML) has to be
/// there. The field Why-User says whose it is; without it nobody has logged in. Runs the server's own pipeline on ports
/// that change nothing, and answers as JSON: status, code, the gates in their order, and the failure.
Task<Reply> handle_why(Exchange& exchange);

}  // namespace davit::http
