#pragma once
// DELETE (RFC 4918, 9.6).
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Removes a resource completely or not at all: a locked member refuses the request with 423 and every lock in the way
/// (9.6.1 allows a plain 4xx). With best_effort the Refusal is a 207 of the real failures, never of their dependents.
/// Removes the locks of the removed resources too. depth_not_allowed for a collection when `depth` is not infinity.
Answer<void> remove(const Services& services, const Target& target, Depth depth = Depth::infinity);

}  // namespace davit::engine
