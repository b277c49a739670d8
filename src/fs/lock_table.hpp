#pragma once
// store::LockStore: an index in memory for reading, rows of SQLite for surviving.
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>

#include "davit/store/clock.hpp"
#include "davit/store/lock_store.hpp"
#include "patient_mutex.hpp"

namespace davit::fs {

class Database;
class Journal;

/// Nothing is held while the database waits for the disk, so that changes of different locks share its commits. Changes
/// of one lock are kept apart by the claims of those who ask for them; where they are not (a refresh meets a removal),
/// a lock that is gone from the index stays gone.
class LockTable final : public store::LockStore {
public:
    /// `database` null, and `journal` then: locks are forgotten at the end (a tree that is only read has none). Borrows
    /// all.
    static Result<std::unique_ptr<LockTable>> open(Database* database, Journal* journal, const store::Clock& clock);

    ~LockTable() override;

    bool empty() const override { return size_.load(std::memory_order_acquire) == 0; }
    std::vector<Lock> covering(const ResourcePath& path) const override;
    std::vector<Lock> below(const ResourcePath& path) const override;
    Lock find(const LockToken& token) const override;
    std::vector<Lock> all() const override;
    std::size_t count(std::string_view principal) const override;
    std::size_t count() const override { return size_.load(std::memory_order_acquire) + held_.load(); }
    std::size_t bytes() const override { return bytes_.load(std::memory_order_relaxed); }
    Result<void> add(Lock lock) override;
    /// Waits all the same after a step of the system clock, which all rows follow.
    void add_then(Lock lock, Then then) override;
    void remove_then(const LockToken& token, Then then) override;
    Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                         std::chrono::system_clock::time_point expires) override;
    Result<void> remove(const LockToken& token) override;
    void remove_tree(const ResourcePath& path) override;
    Result<void> will_replace(const ResourcePath& path, const store::ResourceInfo& there) override;
    void replaced(const ResourcePath& path, bool done) override;
    void drop_expired() override;

    /// What they guarded is gone: as remove_tree(), this cannot fail.
    void forget_surely(const std::vector<LockToken>& tokens);

private:
    using TimePoint = std::chrono::system_clock::time_point;
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using ByRoot = std::unordered_map<std::string, std::vector<Lock>, Hash, std::equal_to<>>;

    LockTable(Database* database, Journal* journal, const store::Clock& clock)
        : database_(database), journal_(journal), clock_(clock), offset_(clock.now() - clock.monotonic()) {}
    bool alive(const ActiveLock& lock) const { return clock_.monotonic() < lock.expires; }
    void insert(Lock lock);
    void insert_indexed(Lock lock);
    Lock erase_indexed(const LockToken& token);
    void publish_size();
    template <typename Use>
    void each_below(const ResourcePath& path, Use use) const;
    std::vector<LockToken> tokens_below(const ResourcePath& path) const;
    std::vector<LockToken> tokens_in(const ResourcePath& path) const;
    std::vector<Lock> erase(std::span<const LockToken> tokens);
    Result<void> forget(std::span<const LockToken> tokens);
    void forget_then(std::vector<LockToken> tokens, Then then);
    static Result<void> released(const std::vector<Lock>& gone);
    void drop_expired_later();
    std::shared_ptr<void> hold_place(const std::string& principal);
    std::vector<LockToken> expired_before(TimePoint time, std::size_t most) const;
    TimePoint::duration follow_clock();

    Database* database_;
    Journal* journal_;
    const store::Clock& clock_;
    mutable PatientMutex index_mutex_;
    ByRoot by_root_;
    std::set<std::string_view> roots_;  ///< keys of by_root_, sorted: what lies below a path is one range
    std::unordered_map<std::string_view, Lock> by_token_;  ///< keys stand in the locks themselves
    std::set<std::pair<TimePoint, const ActiveLock*>> by_expiry_;
    std::unordered_map<std::string, std::size_t> by_principal_;
    std::unordered_map<std::string, std::size_t> held_by_principal_;  ///< places of locks whose rows are on their way
    std::atomic<std::size_t> held_{0};                                ///< all of them
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> bytes_{0};
    std::atomic<bool> dropping_{false};  ///< by drop_expired_later()
    std::mutex offset_mutex_;
    TimePoint::duration offset_;  ///< of the rows' time, the system clock's, from the index's, which knows no steps
    std::mutex replacing_mutex_;
    std::map<std::string, std::int64_t> replacing_;  ///< intents of will_replace(), by path
};

}  // namespace davit::fs
