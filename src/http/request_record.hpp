#pragma once
// What the observers learn of a request.
#include "davit/http/session.hpp"
#include "turn.hpp"

namespace davit::http {

/// Tells every observer. `traced`: its traceparent is believed.
void report(const Turn& turn, const Reply& reply, const Written& written, bool traced);

}  // namespace davit::http
