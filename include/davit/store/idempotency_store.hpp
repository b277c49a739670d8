#pragma once
// Port: answers kept under an Idempotency-Key, so that a request sent twice is done once.
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

/// Beyond its own bounds a user's oldest answers go, never another user's.
struct IdempotencyLimits {
    std::chrono::seconds kept{86400};
    std::size_t max_entries = 10000;  ///< of all users
    std::size_t max_entries_per_user = 1000;
    std::size_t max_bytes = std::size_t{64} << 20U;  ///< of all users
    std::size_t max_bytes_per_user = std::size_t{8} << 20U;
    std::size_t max_answer_bytes = std::size_t{64} << 10U;  ///< a larger one is kept without fields and body
};

struct Fresh {};        ///< the key is ours now: do the work, then finish() or forget()
struct Running {};      ///< another request with this key is at work
struct Different {};    ///< the key was used for another request
struct Interrupted {};  ///< the server died between beginning and answering: nobody knows what was done
struct NotKept {        ///< it was done, and its answer was too large to be kept
    unsigned status = 0;
};
using Beginning = std::variant<Fresh, StoredAnswer, Running, Different, Interrupted, NotKept>;

/// Thread-safe. begin() is durable before the work starts, finish() before the answer goes out, so a crash between the
/// two is seen as Interrupted and never as a second execution.
class IdempotencyStore {
public:
    virtual ~IdempotencyStore() = default;
    /// `fingerprint` tells requests apart: a hash, short whatever the request is. Drops some of what is too old.
    /// `overloaded` when the answers of other users fill the bound of all.
    virtual Result<Beginning> begin(const IdempotencyKey& key, const std::string& fingerprint,
                                    const IdempotencyLimits& limits) = 0;
    virtual Result<void> finish(const IdempotencyKey& key, const StoredAnswer& answer,
                                const IdempotencyLimits& limits) = 0;
    /// The request may be tried again with the same key: it changed nothing and may succeed later.
    virtual Result<void> forget(const IdempotencyKey& key) = 0;
};

}  // namespace davit::store
