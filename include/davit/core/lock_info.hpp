#pragma once
// LOCK's body (RFC 4918, 14.11).
#include <string>

#include "davit/core/active_lock.hpp"

namespace davit {

struct LockInfo {
    LockScope scope = LockScope::exclusive;
    /// The maximum of `owner_xml`, in bytes. Every response about the lock carries it, so a name or a link has room and
    /// a document has not.
    static constexpr std::size_t longest_owner = 4096;
    std::string owner_xml;  ///< the whole DAV:owner element, self-contained; "" when the client sent none
};

}  // namespace davit
