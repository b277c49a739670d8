#pragma once
// Idempotency-Key: a request that is sent again, because its answer was lost, is answered again and not done again.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Runs `handler` at most once for the request's key (draft-ietf-httpapi-idempotency-key-header). The stored answer is
/// replayed with `Idempotency-Replayed: true`. 422 key-reused for another request under the same key; 409
/// request-in-progress while the first runs; 409 with changed="unknown" when the server died in the midst of it.
/// A failure that may pass by itself is not kept: the same key may try again.
Task<Reply> answer_once(Exchange& exchange, Handler handler);

}  // namespace davit::http
