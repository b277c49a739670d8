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
/// What mkcol() asks first, for a body that has not been read yet.
Answer<void> may_mkcol(const Services& services, const Target& target);
/// On a failed property the Refusal's body has one Response for the new URL with the propstats to show in
/// mkcol-response; its status line is the failure's. Nothing was created then.
Answer<void> mkcol(const Services& services, const MkcolRequest& request);

}  // namespace davit::engine
