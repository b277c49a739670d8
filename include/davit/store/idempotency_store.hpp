#pragma once
// Port: answers kept under an Idempotency-Key, so that a repeated request is executed once.
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "davit/core/failure.hpp"

namespace davit::store {

/// A key belongs to one user.
struct IdempotencyKey {
    std::string principal;
    std::string key;
};

struct StoredAnswer {
    unsigned status = 0;
    std::string fields;  ///< header lines
    std::string body;
};

/// When a user reaches a bound, the store drops this user's oldest answers, never another user's.
struct IdempotencyLimits {
    std::chrono::seconds kept{86400};
    std::size_t max_entries = 10000;  ///< of all users
    std::size_t max_entries_per_user = 1000;
    std::size_t max_bytes = std::size_t{64} << 20U;  ///< of all users
    std::size_t max_bytes_per_user = std::size_t{8} << 20U;
    std::size_t max_answer_bytes = std::size_t{64} << 10U;  ///< of a larger one the store keeps only the status
};

struct Fresh {};        ///< the caller holds the key: it does the work, then calls finish() or forget()
struct Running {};      ///< another request with this key runs
struct Different {};    ///< the key was used for another request
struct Interrupted {};  ///< the server ended between begin() and finish(): whether the work was done is unknown
struct NotKept {        ///< the work was done, and its answer was too large to keep
    unsigned status = 0;
};
using Beginning = std::variant<Fresh, StoredAnswer, Running, Different, Interrupted, NotKept>;

/// Thread-safe. begin() is durable before the work starts, and finish() before the answer is sent. So a crash between
/// the two appears as Interrupted and never leads to a second execution.
class IdempotencyStore {
public:
    virtual ~IdempotencyStore() = default;
    /// `fingerprint` identifies the request: a hash, short for any request. Also drops some expired answers. Fails with
    /// idempotency_full when the answers of other users fill the bound of all.
    virtual Result<Beginning> begin(const IdempotencyKey& key, const std::string& fingerprint,
                                    const IdempotencyLimits& limits) = 0;
    virtual Result<void> finish(const IdempotencyKey& key, const StoredAnswer& answer,
                                const IdempotencyLimits& limits) = 0;
    /// Releases the key: the request changed nothing and may succeed later.
    virtual Result<void> forget(const IdempotencyKey& key) = 0;
};

}  // namespace davit::store
