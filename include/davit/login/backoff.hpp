#pragma once
// Guessing passwords gets slower with every wrong one.
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace davit::login {

/// A right login forgives nothing: whoever has an account could otherwise guess at others' without end. Counts wrong
/// credentials per client address (IPv6: per /64). Thread-safe; holds a bounded number of addresses.
class Backoff {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr unsigned free_failures = 5;                 ///< before anybody has to wait
    static constexpr std::chrono::seconds longest_wait{60};      ///< doubled from a second up to this
    static constexpr std::chrono::seconds forgotten_after{900};  ///< without a further failure

    /// How long this address has to wait before its credentials are looked at; 0: not at all.
    std::chrono::seconds wait(std::string_view address, Clock::time_point now);
    void failed(std::string_view address, Clock::time_point now);

private:
    struct Record {
        unsigned failures = 0;
        Clock::time_point last, until;
    };
    static constexpr std::size_t most_addresses = 10000;
    static std::string key(std::string_view address);

    std::mutex mutex_;
    std::map<std::string, Record, std::less<>> records_;
};

}  // namespace davit::login
