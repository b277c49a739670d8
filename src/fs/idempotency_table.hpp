#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>

#include <memory>

#include "davit/store/clock.hpp"
#include "davit/store/idempotency_store.hpp"

namespace davit::fs {

class Database;
class Session;

/// store::IdempotencyStore in rows of SQLite. Only this process knows which requests are running. The mutex guards
/// memory and is never held during database work.
class IdempotencyTable final : public store::IdempotencyStore {
public:
    /// Borrows both. Counts the existing rows.
    static Result<std::unique_ptr<IdempotencyTable>> open(Database& database, const store::Clock& clock);

    Result<store::Beginning> begin(const store::IdempotencyKey& key, const std::string& fingerprint,
                                   const store::IdempotencyLimits& limits) override;
    Result<void> finish(const store::IdempotencyKey& key, const store::StoredAnswer& answer,
                        const store::IdempotencyLimits& limits) override;
    Result<void> forget(const store::IdempotencyKey& key) override;

private:
    using Key = std::pair<std::string, std::string>;  ///< principal and key
    struct Usage {
        std::size_t entries = 0;
        std::size_t bytes = 0;
    };
    /// The changes of a transaction, which are counted after its commit.
    struct Change {
        std::string principal;
        std::int64_t entries = 0;
        std::int64_t bytes = 0;
    };
    using Changes = std::vector<Change>;
    struct Row;

    IdempotencyTable(Database& database, const store::Clock& clock) : database_(database), clock_(clock) {}
    void drop_old(Session& session, std::chrono::seconds kept, Changes& changes) const;
    void make_room(Session& session, const std::string& principal, std::size_t entries, std::size_t bytes,
                   const store::IdempotencyLimits& limits, Changes& changes) const;
    void remove(Session& session, const Key& key, Changes& changes) const;
    void write(Session& session, const Key& key, const std::string& fingerprint, const store::StoredAnswer& answer,
               Changes& changes) const;
    Result<store::Beginning> begin_claimed(const Key& key, const std::string& fingerprint,
                                           const store::IdempotencyLimits& limits);
    bool has_room(const std::string& principal, const store::IdempotencyLimits& limits) const;
    void count(const Changes& changes);
    std::string running(const Key& key);  ///< the fingerprint of a running request
    void ended(const Key& key);

    Database& database_;
    const store::Clock& clock_;
    mutable std::mutex mutex_;
    std::map<Key, std::string> running_;  ///< fingerprints
    std::map<std::string, Usage> usage_;  ///< by user
    Usage total_;
};

}  // namespace davit::fs
