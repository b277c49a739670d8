#pragma once
// LOCK (RFC 4918, 9.10) and UNLOCK (9.11).
#include "davit/core/lock_info.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

struct LockRequest {
    Target target;
    LockInfo info;
    Depth depth = Depth::infinity;                ///< one is refused with depth_not_allowed (RFC 4918, 9.10.3)
    std::optional<std::chrono::seconds> timeout;  ///< asked for; max() means Infinite
    std::string written_root{};                   ///< for ActiveLock
};
struct LockOutcome {
    store::LockStore::Lock lock;  ///< never null
    bool created = false;         ///< the URL was unmapped and holds an empty file now (RFC 4918, 7.3)
};
/// lock_conflict (423, no-conflicting-lock) when the Request-URI conflicts; a Refusal with body (207) when members do
/// (RFC 4918, 9.10.9): their 423s first, then the Request-URI as dependent.
Answer<LockOutcome> lock(const Services& services, const LockRequest& request);
/// What lock() asks first and is refused whatever the body says, for a body that has not been read yet.
Answer<void> may_lock(const Services& services, const Target& target, Depth depth);
/// The same in two steps, for who must not wait: a lock that may be granted but is not kept yet. Its keeper holds the
/// claim until LockStore::add_then() is through. With Waiting::refused would_block when the disk would have to be
/// asked.
struct LockOffer {
    store::LockStore::Lock lock;  ///< never null
    bool mapped = true;           ///< else an empty file has to be made once the lock is kept
};
Answer<LockOffer> offer_lock(const Services& services, const LockRequest& request, store::Waiting waiting);
/// LOCK without body: refreshes the one lock the If header names (9.10.2). precondition_failed (412) when it names none
/// that covers the resource; bad_request without If.
Answer<LockOutcome> refresh(const Services& services, const Target& target,
                            std::optional<std::chrono::seconds> timeout);
/// While a request that takes long works under locks: those it submits and may use last at least `patience` from now.
/// The result is when to call again, by Clock::monotonic(); max() when it submits none. Writes only what would run out.
std::chrono::system_clock::time_point keep_alive(const Services& services, const Target& target,
                                                 std::chrono::seconds patience);
/// The earliest moment at which keep_alive() has something to do; asks memory only.
std::chrono::system_clock::time_point keep_alive_due(const Services& services, const Target& target,
                                                     std::chrono::seconds patience);
/// lock_token_mismatch (409) when the token's lock does not cover the resource. Any covered URL will do (9.11).
Answer<void> unlock(const Services& services, const Target& target, const LockToken& token);
/// What unlock() asks before it takes the lock away.
Answer<void> may_unlock(const Services& services, const Target& target, const LockToken& token);
/// What the removal of a lock came to: one that has just run out is as good as given back.
Answer<void> unlocked(const Result<void>& removed);

}  // namespace davit::engine
