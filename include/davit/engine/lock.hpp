#pragma once
// LOCK (RFC 4918, 9.10) and UNLOCK (9.11).
#include "davit/core/lock_info.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

struct LockRequest {
    Target target;
    LockInfo info;
    Depth depth = Depth::infinity;                ///< Depth 1 is refused with depth_not_allowed (RFC 4918, 9.10.3)
    std::optional<std::chrono::seconds> timeout;  ///< as requested; max() means Infinite
    std::string written_root{};                   ///< for ActiveLock
};
struct LockOutcome {
    store::LockStore::Lock lock;  ///< never null
    bool created = false;         ///< the URL was unmapped; it is an empty file now (RFC 4918, 7.3)
};
/// lock_conflict (423, no-conflicting-lock) when the Request-URI conflicts. When members conflict: a Refusal with body
/// (207) (RFC 4918, 9.10.9), their 423s first, then the Request-URI as dependent.
Answer<LockOutcome> lock(const Services& services, const LockRequest& request);
/// Non-blocking variant: calls `then(Answer<LockOutcome>)` exactly once, inline or on the lock store's thread. `then`
/// must not block. The caller keeps the claim and `services` until then. would_block, with nothing done, when it needs
/// the disk or must create a file; the caller then runs lock() on a worker.
template <typename Then>
void lock(const Services& services, const LockRequest& request, Then then);
/// The checks of lock() that do not depend on the body. Called before the body has been read.
Answer<void> may_lock(const Services& services, const Target& target, Depth depth);
/// LOCK without body: refreshes the one lock that the If header names (9.10.2). precondition_failed (412) when it names
/// no lock that covers the resource; bad_request without If.
Answer<LockOutcome> refresh(const Services& services, const Target& target,
                            std::optional<std::chrono::seconds> timeout);
/// Keeps the submitted locks of a long request alive: each lasts at least `patience` from now. Returns when to call
/// again, by Clock::monotonic(); max() when the request submits none. Writes only locks that would expire before.
std::chrono::system_clock::time_point keep_alive(const Services& services, const Target& target,
                                                 std::chrono::seconds patience);
/// The earliest time at which keep_alive() has work to do. Reads memory only.
std::chrono::system_clock::time_point keep_alive_due(const Services& services, const Target& target,
                                                     std::chrono::seconds patience);
/// lock_token_mismatch (409) when the token's lock does not cover the resource. The URL may be any that the lock covers
/// (9.11).
Answer<void> unlock(const Services& services, const Target& target, const LockToken& token);
/// Non-blocking variant, like lock() with `then`.
template <typename Then>
void unlock(const Services& services, const Target& target, const LockToken& token, Then then);

// The halves of the two transactions, for the functions above only.
/// A lock that may be granted and is not yet in the table.
struct LockOffer {
    store::LockStore::Lock lock;  ///< never null
    bool mapped = true;           ///< false: the caller must create an empty file once the lock is in the table
};
Answer<LockOffer> evaluate_lock(const Services& services, const LockRequest& request, store::Waiting waiting);
Answer<LockOutcome> grant_lock(const Services& services, LockOffer offer);
Answer<void> evaluate_unlock(const Services& services, const Target& target, const LockToken& token,
                             store::Waiting waiting);
/// The result of UNLOCK, after the store has removed the lock or failed to.
Answer<void> unlocked(const Result<void>& removed);

template <typename Then>
void lock(const Services& services, const LockRequest& request, Then then) {
    auto offer = evaluate_lock(services, request, store::Waiting::refused);
    if (!offer) return then(Answer<LockOutcome>(std::unexpected(std::move(offer.error()))));
    auto lock = offer->lock;
    services.locks.add_then(std::move(offer->lock),
                            [lock = std::move(lock), then = std::move(then)](Result<void> added) mutable {
                                if (added) return then(Answer<LockOutcome>(LockOutcome{std::move(lock), false}));
                                then(Answer<LockOutcome>(std::unexpected(Refusal(std::move(added.error())))));
                            });
}

template <typename Then>
void unlock(const Services& services, const Target& target, const LockToken& token, Then then) {
    if (auto passed = evaluate_unlock(services, target, token, store::Waiting::refused); !passed)
        return then(std::move(passed));
    services.locks.remove_then(
        token, [then = std::move(then)](const Result<void>& removed) mutable { then(unlocked(removed)); });
}

}  // namespace davit::engine
