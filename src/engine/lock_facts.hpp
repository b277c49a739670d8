#pragma once
// How a lock that stands in the way is told to whom it hinders.
#include <span>

#include "davit/engine/services.hpp"

namespace davit::engine {

/// What `asker` may know of `lock` at the moment: who holds it, never its token. A user's name is for users; somebody
/// who has not logged in gets what the holder wrote into DAV:owner, as lockdiscovery shows it.
HeldLock held_lock(const Services& services, const Caller& asker, const ActiveLock& lock);

/// 423 lock-token-submitted with all of `locks`, which are not empty.
Failure locked(const Services& services, const Caller& asker, std::span<const store::LockStore::Lock> locks);

/// 423 no-conflicting-lock: what LOCK says.
Failure lock_conflict(const Services& services, const Caller& asker, const ActiveLock& held);

}  // namespace davit::engine
