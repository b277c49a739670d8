#pragma once
// Describes a conflicting lock to the client that it blocks.
#include <span>

#include "davit/engine/services.hpp"

namespace davit::engine {

/// The maximum number of locks, culprits or members in one response. The sentence counts the rest.
inline constexpr std::size_t max_named = 100;
/// "5 more members have conflicting locks."
std::string not_named(std::size_t count, std::string_view what);
/// Keeps the first max_named culprits and locks. The sentence counts the rest.
void cap_culprits(Failure& failure, std::string_view what = "locks are in the way");

/// What `asker` may know of `lock` at the moment: its holder, never its token. Only authenticated users see a user's
/// name. An anonymous client sees the text that the holder wrote into DAV:owner, as lockdiscovery shows it.
HeldLock held_lock(const Services& services, const Caller& asker, const ActiveLock& lock);

/// 423 lock-token-submitted with all of `locks`, which must not be empty.
Failure locked(const Services& services, const Caller& asker, std::span<const store::LockStore::Lock> locks);

/// 423 no-conflicting-lock, the refusal of LOCK.
Failure lock_conflict(const Services& services, const Caller& asker, const ActiveLock& held);

}  // namespace davit::engine
