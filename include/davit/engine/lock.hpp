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
/// The same transaction without blocking: calls `then(Answer<LockOutcome>)` exactly once, inline or on the lock store's
/// thread. `then` must not block. The caller keeps the claim and `services` until then. would_block, with nothing done,
/// when the disk would have to be asked or a file made; lock() on a worker is the answer to that.
template <typename Then>
void lock(const Services& services, const LockRequest& request, Then then);
/// What lock() asks first and is refused whatever the body says, for a body that has not been read yet.
Answer<void> may_lock(const Services& services, const Target& target, Depth depth);
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
/// The same transaction without blocking: as lock() with `then`.
template <typename Then>
void unlock(const Services& services, const Target& target, const LockToken& token, Then then);

// The halves of the two transactions, for the functions above only.
/// A lock that may be granted and is not in the table yet.
struct LockOffer {
    store::LockStore::Lock lock;  ///< never null
    bool mapped = true;           ///< false: an empty file has to be made once the lock is in the table
};
Answer<LockOffer> evaluate_lock(const Services& services, const LockRequest& request, store::Waiting waiting);
Answer<LockOutcome> grant_lock(const Services& services, LockOffer offer);
Answer<void> evaluate_unlock(const Services& services, const Target& target, const LockToken& token,
                             store::Waiting waiting);
/// The answer of UNLOCK once the store has taken the lock away, or has not.
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
