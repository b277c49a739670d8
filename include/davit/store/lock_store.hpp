#pragma once
// Port: the lock table. It only keeps locks; engine/lock_rules decides who may have one.
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "davit/core/active_lock.hpp"
#include "davit/core/failure.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// Thread-safe. Readers see a lock until `expires`, by Clock::monotonic() of the clock given to the constructor, and
/// not afterwards, even before the store drops it. Every change is durable when the call returns, unless the store was
/// opened without durability.
class LockStore {
public:
    using Lock = std::shared_ptr<const ActiveLock>;  ///< immutable snapshot

    virtual ~LockStore() = default;
    /// Whether there is no lock. May be wrongly false, never wrongly true. Lock-free.
    virtual bool empty() const = 0;
    /// Locks that cover `path`: rooted there, or above with Depth infinity.
    virtual std::vector<Lock> covering(const ResourcePath& path) const = 0;
    /// Locks rooted strictly below `path`.
    virtual std::vector<Lock> below(const ResourcePath& path) const = 0;
    virtual Lock find(const LockToken& token) const = 0;  ///< null when there is no such lock
    virtual std::vector<Lock> all() const = 0;
    virtual std::size_t count(std::string_view principal) const = 0;
    virtual std::size_t count() const = 0;
    /// The approximate memory of all locks.
    virtual std::size_t bytes() const { return 0; }

    virtual Result<void> add(Lock lock) = 0;
    /// Non-blocking add() and remove(). Calls `then` exactly once, inline or later on the database thread. `then` must
    /// not block.
    using Then = std::move_only_function<void(Result<void>)>;
    virtual void add_then(Lock lock, Then then) { then(add(std::move(lock))); }
    virtual void remove_then(const LockToken& token, Then then) { then(remove(token)); }
    /// Sets timeout and expiry. not_found when the lock is gone.
    virtual Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                                 std::chrono::system_clock::time_point expires) = 0;
    /// not_found when the lock is gone.
    virtual Result<void> remove(const LockToken& token) = 0;
    /// Removes the locks rooted at `path` or below: DELETE and MOVE destroy them (RFC 4918, 9.6, 7.6). Their resources
    /// are already gone, so this cannot fail: readers see the change at once, and the store repeats later what the disk
    /// refuses.
    virtual void remove_tree(const ResourcePath& path) = 0;

    /// `there` at `path` is about to be replaced, and with it the locks strictly below. Unless this fails, the caller
    /// calls replaced() afterwards. After a crash between the two, the locks remain only if `there` is still at `path`.
    virtual Result<void> will_replace(const ResourcePath& path, const ResourceInfo& there) = 0;
    /// `done`: removes the locks below, as remove_tree() does. Otherwise they stay.
    virtual void replaced(const ResourcePath& path, bool done) = 0;

    /// Drops some of the locks that expired a while ago: bounded work. They count until then.
    virtual void drop_expired() = 0;
};

}  // namespace davit::store
