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

struct Fresh {};        ///< the key is ours now: do the work, then finish() or forget()
struct Running {};      ///< another request with this key is at work
struct Different {};    ///< the key was used for another request
struct Interrupted {};  ///< the server died between beginning and answering: nobody knows what was done
using Beginning = std::variant<Fresh, StoredAnswer, Running, Different, Interrupted>;

/// Thread-safe. begin() is durable before the work starts, finish() before the answer goes out, so a crash between the
/// two is seen as Interrupted and never as a second execution.
class IdempotencyStore {
public:
    virtual ~IdempotencyStore() = default;
    /// `fingerprint` tells requests apart. Drops what is older than `kept`, and the oldest beyond `most`.
    virtual Result<Beginning> begin(const IdempotencyKey& key, const std::string& fingerprint,
                                    std::chrono::seconds kept, std::size_t most) = 0;
    virtual Result<void> finish(const IdempotencyKey& key, const StoredAnswer& answer) = 0;
    /// The request may be tried again with the same key: it changed nothing and may succeed later.
    virtual Result<void> forget(const IdempotencyKey& key) = 0;
};

}  // namespace davit::store
