#pragma once
// PROPPATCH (RFC 4918, 9.2): document order, all or nothing.
#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

struct ProppatchRequest {
    Target target;
    PropertyUpdate update;
};
/// A MultiStatus of one response where every property is 200. Refusal: without body when the request itself failed
/// (404, 412, 423); with body when a property did: the first failure in document order first, its dependents after.
Answer<MultiStatus> proppatch(const Services& services, const ProppatchRequest& request);

}  // namespace davit::engine
