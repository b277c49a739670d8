#pragma once
// store::LockStore: an index in memory for reads, SQLite rows for durability.
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

/// No mutex is held while the database waits for the disk, so changes of different locks share its commits. The
/// callers' claims separate changes of one lock. Where they do not (a refresh meets a removal), a lock that has left
/// the index stays removed.
class LockTable final : public store::LockStore {
public:
    /// With `database` and `journal` null, locks are lost at the end (a read-only tree has none). Borrows all.
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
    /// Blocks after a step of the system clock, because all rows must follow it.
    void add_then(Lock lock, Then then) override;
    void remove_then(const LockToken& token, Then then) override;
    Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                         std::chrono::system_clock::time_point expires) override;
    Result<void> remove(const LockToken& token) override;
    void remove_tree(const ResourcePath& path) override;
    Result<void> will_replace(const ResourcePath& path, const store::ResourceInfo& there) override;
    void replaced(const ResourcePath& path, bool done) override;
    void drop_expired() override;

    /// The locked resource is gone: like remove_tree(), this cannot fail.
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
    std::set<std::string_view> roots_;  ///< keys of by_root_, sorted, so that everything below a path is one range
    std::unordered_map<std::string_view, Lock> by_token_;  ///< the keys refer to the locks' own text
    std::set<std::pair<TimePoint, const ActiveLock*>> by_expiry_;
    std::unordered_map<std::string, std::size_t> by_principal_;
    std::unordered_map<std::string, std::size_t>
        held_by_principal_;             ///< locks that are counted and whose rows are being written
    std::atomic<std::size_t> held_{0};  ///< the total of held_by_principal_
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> bytes_{0};
    std::atomic<bool> dropping_{false};  ///< drop_expired_later() is running
    std::mutex offset_mutex_;
    TimePoint::duration offset_;  ///< difference between the rows' system clock and the index's monotonic clock
    std::mutex replacing_mutex_;
    std::map<std::string, std::int64_t> replacing_;  ///< intents of will_replace(), by path
};

}  // namespace davit::fs
