#pragma once
// store::LockStore: an index in memory for reading, rows of SQLite for surviving.
#include <atomic>
#include <map>
#include <shared_mutex>
#include <unordered_map>

#include "davit/store/clock.hpp"
#include "davit/store/lock_store.hpp"

namespace davit::fs {

class Database;
class Journal;

class LockTable final : public store::LockStore {
public:
    /// `database` null, and `journal` then: locks are forgotten at the end (a tree that is only read has none). Borrows
    /// all.
    static Result<std::unique_ptr<LockTable>> open(Database* database, Journal* journal, const store::Clock& clock);

    bool empty() const override { return size_.load(std::memory_order_acquire) == 0; }
    std::vector<Lock> covering(const ResourcePath& path) const override;
    std::vector<Lock> below(const ResourcePath& path) const override;
    std::optional<ActiveLock> find(const LockToken& token) const override;
    std::vector<Lock> all() const override;
    std::size_t count(std::string_view principal) const override;
    std::size_t count() const override { return size_.load(std::memory_order_acquire); }
    Result<void> add(const ActiveLock& lock) override;
    Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                         std::chrono::system_clock::time_point expires) override;
    Result<void> remove(const LockToken& token) override;
    void remove_tree(const ResourcePath& path) override;
    Result<void> will_replace(const ResourcePath& path, const store::ResourceInfo& there) override;
    void replaced(const ResourcePath& path, bool done) override;

private:
    LockTable(Database* database, Journal* journal, const store::Clock& clock)
        : database_(database), journal_(journal), clock_(clock) {}
    bool alive(const ActiveLock& lock) const { return clock_.now() < lock.expires; }
    void insert(Lock lock);
    void erase(const LockToken& token);
    std::vector<LockToken> tokens_below(const ResourcePath& path) const;
    Result<void> forget(const LockToken& token);
    void forget_surely(const LockToken& token);
    void drop_expired();

    Database* database_;
    Journal* journal_;
    const store::Clock& clock_;
    std::mutex writing_;  ///< held over database and index, so that both see changes in one order
    mutable std::shared_mutex index_mutex_;
    std::map<std::string, std::vector<Lock>> by_root_;  ///< sorted: what lies below a path is one range
    std::unordered_map<LockToken, Lock> by_token_;
    std::unordered_map<std::string, std::size_t> by_principal_;
    std::atomic<std::size_t> size_{0};
    std::chrono::system_clock::time_point last_drop_{};
    std::map<std::string, std::int64_t> replacing_;  ///< intents of will_replace(), by path
};

}  // namespace davit::fs
