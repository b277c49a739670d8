#pragma once
// Idempotency-Key: the second request with a key gets the stored answer and is not executed again.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Runs `handler` at most once for the request's key (draft-ietf-httpapi-idempotency-key-header), or returns the stored
/// answer with `Idempotency-Replayed: true`. 422 key-reused for another request with the same key; 409
/// request-in-progress while the first one runs; 409 with changed="unknown" when the server ended before the first
/// answer. A failure that may pass by itself is not stored: the key can be used again.
Task<Reply> answer_once(Exchange& exchange, Handler handler);

}  // namespace davit::http
