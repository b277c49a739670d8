#pragma once
// A request and its answer as lines of a trace.
#include "davit/http/session.hpp"
#include "davit/http/wire_trace.hpp"

namespace davit::http {

/// Whether the body of a request is kept until it is answered, for somebody who may want a trace. What PUT and PATCH
/// bring is a file's content, and is never shown.
bool keeps_body(const Exchange& exchange);
/// Gives the trace to the log and to those who watch. Nothing when nobody wants this request.
void trace(const Exchange& exchange, const Reply& reply, const Written& written);

/// A header field of a trace: what would let its reader act for somebody is left out. For tests.
std::string traced_field(std::string_view name, std::string_view value);

}  // namespace davit::http
