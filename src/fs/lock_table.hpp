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

class LockTable final : public store::LockStore {
public:
    /// `database` null: locks are forgotten at the end (a tree that is only read has none). Borrows both.
    static Result<std::unique_ptr<LockTable>> open(Database* database, const store::Clock& clock);

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
    Result<void> remove_tree(const ResourcePath& path) override;

private:
    LockTable(Database* database, const store::Clock& clock) : database_(database), clock_(clock) {}
    bool alive(const ActiveLock& lock) const { return clock_.now() < lock.expires; }
    void insert(Lock lock);
    void erase(const LockToken& token);
    /// Another state of the same lock, in one step: nobody finds the resource unlocked meanwhile.
    void replace(Lock lock);
    std::vector<LockToken> tokens_in(const ResourcePath& path) const;
    Result<void> forget(const LockToken& token);
    void drop_expired();

    Database* database_;
    const store::Clock& clock_;
    std::mutex writing_;  ///< held over database and index, so that both see changes in one order
    mutable std::shared_mutex index_mutex_;
    std::map<std::string, std::vector<Lock>> by_root_;  ///< sorted: what lies below a path is one range
    std::unordered_map<LockToken, Lock> by_token_;
    std::unordered_map<std::string, std::size_t> by_principal_;
    std::atomic<std::size_t> size_{0};
    std::chrono::system_clock::time_point last_drop_{};
};

}  // namespace davit::fs
