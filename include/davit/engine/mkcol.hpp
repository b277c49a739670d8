#pragma once
// MKCOL (RFC 4918, 9.3) and its extended form (RFC 5689).
#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

struct MkcolRequest {
    Target target;
    PropertyUpdate properties;  ///< extended form: only SetProperty; DAV:resourcetype among them
    bool extended = false;
};
/// The checks of mkcol() that need no body, for a body that has not been read yet.
Answer<void> may_mkcol(const Services& services, const Target& target);
/// Makes the collection. When a property fails, the Refusal's body has one response element for the new URL, with the
/// propstats of mkcol-response; the status line is the failure's. Then nothing was created.
Answer<void> mkcol(const Services& services, const MkcolRequest& request);

}  // namespace davit::engine
