#pragma once
// DELETE (RFC 4918, 9.6).
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Whole or not at all: a locked member refuses it with 423 and every culprit (9.6.1 allows a plain 4xx). With
/// best_effort a 207 of the real failures, never their dependents. Locks on what went are gone too.
/// depth_not_allowed for a collection when `depth` is not infinity.
Answer<void> remove(const Services& services, const Target& target, Depth depth = Depth::infinity);

}  // namespace davit::engine
