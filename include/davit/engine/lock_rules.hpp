#pragma once
// Which locks stand in the way of a change, and which tokens open them (RFC 4918, 7, 9.10.5, 9.10.6).
#include "davit/engine/services.hpp"

namespace davit::engine {

/// May the content or dead properties of `path` be changed (PUT, PROPPATCH)? Every exclusive lock covering it must be
/// submitted; of shared ones at least one. `locked` (423, lock-token-submitted, hrefs of lock roots) otherwise.
/// Sentence and facts name the lock's owner and until when, as far as the asker may know.
Result<void> may_change(const Services& services, const Target& target, const ResourcePath& path);

/// May `path` be added to or taken from its parent? Asks for locks on the parent collection, Depth 0 or infinity
/// (RFC 4918, 7.4, 7.5).
Result<void> may_change_membership(const Services& services, const Target& target, const ResourcePath& path);

/// Locks at or below `path` whose tokens were not submitted: the members that hold up a DELETE or MOVE.
std::vector<Failure> unsubmitted_below(const Services& services, const Target& target, const ResourcePath& path);

/// What was below a replaced Destination is gone, and its locks with it. One on the Destination itself stays: locks
/// stay with URLs (RFC 4918, 7.7), and this URL is still mapped.
Result<void> forget_replaced(const Services& services, const ResourcePath& destination);

}  // namespace davit::engine
