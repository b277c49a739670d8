#pragma once
// The record of a request for the observers.
#include "davit/http/session.hpp"
#include "turn.hpp"

namespace davit::http {

/// Calls every observer. `traced`: the server trusts the request's traceparent.
void report(const Turn& turn, const Reply& reply, const Written& written, bool traced);

}  // namespace davit::http
