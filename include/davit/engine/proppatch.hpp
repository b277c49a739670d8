#pragma once
// PROPPATCH (RFC 4918, 9.2): document order, all or nothing.
#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

struct ProppatchRequest {
    Target target;
    PropertyUpdate update;
    store::Waiting waiting = store::Waiting::allowed;  ///< refused: would_block when the set is a large one
};
/// What proppatch() asks first, for a body that has not been read yet: nothing is claimed, so the answer may be
/// another one by then.
Answer<void> may_proppatch(const Services& services, const Target& target);
/// A MultiStatus of one response where every property is 200. Refusal: without body when the request itself failed
/// (404, 412, 423); with body when a property did: the first failure in document order first, its dependents after.
Answer<MultiStatus> proppatch(const Services& services, const ProppatchRequest& request);

}  // namespace davit::engine
