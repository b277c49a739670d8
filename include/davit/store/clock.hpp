#pragma once
// Time and chance as parameters, so that tests need neither sleep nor luck.
#include <chrono>

#include "davit/core/active_lock.hpp"

namespace davit::store {

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::chrono::system_clock::time_point now() const = 0;
    /// What now() would say had nobody set the system clock since this object was made: for what lasts a while, such as
    /// locks. Counts the time the machine sleeps.
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

/// Mints lock tokens: "urn:uuid:" and a version 4 UUID, never repeated (RFC 4918, 6.5).
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
