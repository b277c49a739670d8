#pragma once
// How a lock that stands in the way is told to whom it hinders.
#include <span>

#include "davit/engine/services.hpp"

namespace davit::engine {

/// Locks, culprits or members that one answer names. The sentence tells how many more there are.
inline constexpr std::size_t max_named = 100;
/// "5 more members have conflicting locks."
std::string not_named(std::size_t count, std::string_view what);
/// Keeps the first max_named culprits and locks, and says in the sentence how many there are beside.
void cap_culprits(Failure& failure, std::string_view what = "locks are in the way");

/// What `asker` may know of `lock` at the moment: who holds it, never its token. A user's name is for users; somebody
/// who has not logged in gets what the holder wrote into DAV:owner, as lockdiscovery shows it.
HeldLock held_lock(const Services& services, const Caller& asker, const ActiveLock& lock);

/// 423 lock-token-submitted with all of `locks`, which are not empty.
Failure locked(const Services& services, const Caller& asker, std::span<const store::LockStore::Lock> locks);

/// 423 no-conflicting-lock: what LOCK says.
Failure lock_conflict(const Services& services, const Caller& asker, const ActiveLock& held);

}  // namespace davit::engine
