#pragma once
// PROPPATCH (RFC 4918, 9.2): document order, all or nothing.
#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

struct ProppatchRequest {
    Target target;
    PropertyUpdate update;
    store::Waiting waiting = store::Waiting::allowed;  ///< refused: would_block for a large set
    bool minimal = false;                              ///< Prefer: return=minimal
};
struct ProppatchOutcome {
    bool collection = false;
    /// One response where every property is 200. Nothing for a minimal request: its success needs no report (RFC 8144,
    /// 2.2), and a failure is always reported.
    std::optional<MultiStatus> report;
};
/// The checks of proppatch() that need no body, for a body that has not been read yet. Nothing is claimed, so the final
/// answer may differ.
Answer<void> may_proppatch(const Services& services, const Target& target);
/// A Refusal has no body when the request itself failed (404, 412, 423). When a property failed, its body has the first
/// failure in document order first, and the dependents after it.
Answer<ProppatchOutcome> proppatch(const Services& services, const ProppatchRequest& request);

}  // namespace davit::engine
