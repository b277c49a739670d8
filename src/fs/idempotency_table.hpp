#pragma once
#include <map>
#include <mutex>
#include <string>

#include "davit/store/clock.hpp"
#include "davit/store/idempotency_store.hpp"

namespace davit::fs {

class Database;

/// store::IdempotencyStore in rows of SQLite; which requests run now is known to this process only.
class IdempotencyTable final : public store::IdempotencyStore {
public:
    IdempotencyTable(Database& database, const store::Clock& clock) : database_(database), clock_(clock) {}

    Result<store::Beginning> begin(const store::IdempotencyKey& key, const std::string& fingerprint,
                                   std::chrono::seconds kept, std::size_t most) override;
    Result<void> finish(const store::IdempotencyKey& key, const store::StoredAnswer& answer) override;
    Result<void> forget(const store::IdempotencyKey& key) override;

private:
    Result<void> drop_old(std::chrono::seconds kept, std::size_t most);
    Result<void> write(const store::IdempotencyKey& key, const std::string& fingerprint,
                       const store::StoredAnswer& answer);
    std::string running(const store::IdempotencyKey& key);  ///< its fingerprint
    void ended(const store::IdempotencyKey& key);

    Database& database_;
    const store::Clock& clock_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::string> running_;  ///< principal and key: fingerprint
};

}  // namespace davit::fs
