#pragma once
// Time and randomness as parameters, so that tests need no sleep and no chance.
#include <chrono>

#include "davit/core/active_lock.hpp"

namespace davit::store {

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::chrono::system_clock::time_point now() const = 0;
    /// The value of now() if the system clock had not been set since this object was made. For durations, such as those
    /// of locks. Includes the time that the machine sleeps.
    virtual std::chrono::system_clock::time_point monotonic() const { return now(); }
};

class SystemClock final : public Clock {
public:
    SystemClock();
    std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
    std::chrono::system_clock::time_point monotonic() const override;

private:
    std::chrono::system_clock::time_point start_;  ///< by the system clock ...
    std::chrono::nanoseconds start_uptime_;        ///< ... and by CLOCK_BOOTTIME
};

/// Makes lock tokens: "urn:uuid:" and a version 4 UUID, never the same twice (RFC 4918, 6.5).
class TokenSource {
public:
    virtual ~TokenSource() = default;
    virtual LockToken mint() = 0;
};

class RandomTokenSource final : public TokenSource {
public:
    LockToken mint() override;  ///< from getrandom(2); thread-safe
};

}  // namespace davit::store
