#pragma once
#include "davit/http/management.hpp"

namespace davit::http {

/// GET /trash; DELETE /trash and /trash/ID; POST /trash/ID/restore, with Destination (default: the original place) and
/// Overwrite (default: F).
Task<Reply> handle_trash(const Management& management, Exchange& exchange);

}  // namespace davit::http
