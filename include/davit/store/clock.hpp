#pragma once
// Time and chance as parameters, so that tests need neither sleep nor luck.
#include <chrono>

#include "davit/core/active_lock.hpp"

namespace davit::store {

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::chrono::system_clock::time_point now() const = 0;
};

class SystemClock final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
};

/// Mints lock tokens: "urn:uuid:" and a version 4 UUID, never repeated (RFC 4918, 6.5).
class TokenSource {
public:
    virtual ~TokenSource() = default;
    virtual LockToken mint() = 0;
};

class RandomTokenSource final : public TokenSource {
public:
    LockToken mint() override;  ///< from getrandom/std::random_device; thread-safe
};

}  // namespace davit::store
