#pragma once
// LOCK's body (RFC 4918, 14.11).
#include <string>

#include "davit/core/active_lock.hpp"

namespace davit {

struct LockInfo {
    LockScope scope = LockScope::exclusive;
    std::string owner_xml;  ///< the whole DAV:owner element, self-contained; "" when there was none
};

}  // namespace davit
