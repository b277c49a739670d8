#pragma once
// The body of PROPFIND (RFC 4918, 14.20).
#include <cstdint>
#include <vector>

#include "davit/core/property_name.hpp"

namespace davit {

enum class PropfindKind : std::uint8_t { prop, allprop, propname };

/// An empty body means allprop (RFC 4918, 9.1).
struct PropfindBody {
    PropfindKind kind = PropfindKind::allprop;
    std::vector<PropertyName>
        names;  ///< of `prop`, or of `include` with allprop; in document order, without duplicates
};

}  // namespace davit
