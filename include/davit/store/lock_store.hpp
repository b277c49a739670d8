#pragma once
// Port: the lock table. It keeps locks; who may have one is decided by engine/lock_rules.
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "davit/core/active_lock.hpp"
#include "davit/core/failure.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// Thread-safe. Readers see a lock until `expires` has passed by Clock::monotonic() of the clock given on construction,
/// whether or not it has been dropped. Every change is durable when the call returns (unless the store was opened
/// without durability).
class LockStore {
public:
    using Lock = std::shared_ptr<const ActiveLock>;  ///< immutable snapshot

    virtual ~LockStore() = default;
    /// Quick answer for the common case; a false positive is allowed, a false negative is not. Lock-free.
    virtual bool empty() const = 0;
    /// Locks whose scope takes in `path`: rooted there, or rooted above with Depth infinity.
    virtual std::vector<Lock> covering(const ResourcePath& path) const = 0;
    /// Locks rooted strictly below `path`.
    virtual std::vector<Lock> below(const ResourcePath& path) const = 0;
    virtual Lock find(const LockToken& token) const = 0;  ///< null when nobody has it
    virtual std::vector<Lock> all() const = 0;
    virtual std::size_t count(std::string_view principal) const = 0;
    virtual std::size_t count() const = 0;
    /// Of memory that all locks take, about.
    virtual std::size_t bytes() const { return 0; }

    virtual Result<void> add(Lock lock) = 0;
    /// add() and remove() for who must not wait for the disk. `then` is told the result once, before the call returns
    /// or later on another thread, which it must not keep.
    using Then = std::move_only_function<void(Result<void>)>;
    virtual void add_then(Lock lock, Then then) { then(add(std::move(lock))); }
    virtual void remove_then(const LockToken& token, Then then) { then(remove(token)); }
    /// Sets timeout and expiry. not_found when the lock is gone.
    virtual Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                                 std::chrono::system_clock::time_point expires) = 0;
    /// not_found when the lock is gone.
    virtual Result<void> remove(const LockToken& token) = 0;
    /// Forgets the locks rooted at `path` or below: DELETE and MOVE destroy them (RFC 4918, 9.6, 7.6). What they
    /// guarded is gone already, so this cannot fail: readers see it at once, and what the disk refuses is made up for
    /// later.
    virtual void remove_tree(const ResourcePath& path) = 0;

    /// `there` at `path` is about to be replaced, and the locks strictly below it with it. Followed by replaced(),
    /// unless it fails; a crash between the two keeps the locks exactly if `there` still stands.
    virtual Result<void> will_replace(const ResourcePath& path, const ResourceInfo& there) = 0;
    /// `done`: the locks below are forgotten, as by remove_tree(). Otherwise they stay.
    virtual void replaced(const ResourcePath& path, bool done) = 0;

    /// Forgets some of the locks that timed out a while ago: bounded work. They are counted until then.
    virtual void drop_expired() = 0;
};

}  // namespace davit::store
