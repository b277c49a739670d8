#pragma once
// Formats a request and its response as lines of a trace.
#include "davit/http/session.hpp"
#include "davit/http/wire_trace.hpp"

namespace davit::http {

/// True when the body of a request is kept until its response, for a trace. The body of PUT and PATCH is file content
/// and is never shown.
bool keeps_body(const Exchange& exchange);
/// Writes the trace to the log and to its watchers. Does nothing when neither wants this request.
void trace(const Exchange& exchange, const Reply& reply, const Written& written);

/// A header field of a trace, without values that would let a reader act as the user. For tests.
std::string traced_field(std::string_view name, std::string_view value);

}  // namespace davit::http
