#pragma once
// What a PROPFIND asks for (RFC 4918, 14.20).
#include <cstdint>
#include <vector>

#include "davit/core/property_name.hpp"

namespace davit {

enum class PropfindKind : std::uint8_t { prop, allprop, propname };

/// An empty body means allprop (RFC 4918, 9.1).
struct PropfindBody {
    PropfindKind kind = PropfindKind::allprop;
    std::vector<PropertyName> names;  ///< of `prop`, or of `include` beside allprop; in document order, no repeats
};

}  // namespace davit
