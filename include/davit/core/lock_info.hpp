#pragma once
// LOCK's body (RFC 4918, 14.11).
#include <string>

#include "davit/core/active_lock.hpp"

namespace davit {

struct LockInfo {
    LockScope scope = LockScope::exclusive;
    /// Bytes of `owner_xml` that a lock may have: a name or a link, not a document that every answer about the lock
    /// carries.
    static constexpr std::size_t longest_owner = 4096;
    std::string owner_xml;  ///< the whole DAV:owner element, self-contained; "" when there was none
};

}  // namespace davit
