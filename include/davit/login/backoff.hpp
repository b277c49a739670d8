#pragma once
// Guessing passwords gets slower with every wrong one.
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "davit/login/crypto.hpp"
#include "davit/login/fair_table.hpp"

namespace davit::login {

/// Counts wrong credentials for each client address (IPv6: per /64) and for each account, whether there is such an
/// account or not. A right login forgives nothing: whoever has an account could otherwise guess at others' without end.
///
/// An address from which somebody has logged in to an account is not held up by what others guess at this account: else
/// anybody could lock the owner out. Thread-safe. Every table is bounded in bytes.
class Backoff {
public:
    using Clock = std::chrono::steady_clock;
    /// What is free, and how long one has to wait at most after that: a second, doubled with each further failure.
    struct Allowance {
        unsigned free_failures;
        std::chrono::seconds longest_wait;
    };
    static constexpr Allowance for_address{5, std::chrono::seconds(60)};
    static constexpr Allowance for_account{20, std::chrono::seconds(15)};
    static constexpr std::chrono::seconds forgotten_after{900};      ///< without a further failure
    static constexpr std::chrono::hours address_known_for{30 * 24};  ///< after a login from it

    struct Held {
        std::chrono::seconds wait{0};     ///< before the credentials are looked at; 0: not at all
        bool because_of_account = false;  ///< not of the address
    };
    /// `account`: the name as it was given; "": none is told before the credentials are looked at.
    Held held(std::string_view address, std::string_view account, Clock::time_point now);
    void failed(std::string_view address, std::string_view account, Clock::time_point now);
    void succeeded(std::string_view address, std::string_view account, Clock::time_point now);

private:
    struct Record {
        unsigned failures = 0;
        Clock::time_point last, until;
    };
    using Records = FairTable<std::string, Record>;

    std::string account_key(std::string_view account) const;
    bool knows(const std::string& address, const std::string& account, Clock::time_point now);
    static std::chrono::seconds left(Records& records, const std::string& key, Clock::time_point now);
    static void count(Records& records, const std::string& key, std::string_view network, Allowance allowance,
                      Clock::time_point now);

    const SecretKey key_;  ///< names may be as long as a header: their hashes are kept
    std::mutex mutex_;
    Records addresses_{4 * 1024 * 1024, 512 * 1024};  ///< owner: the network, so that it cannot push out others'
    Records accounts_{4 * 1024 * 1024, 512 * 1024};   ///< owner: the network of the last guess
    FairTable<std::string, Clock::time_point> known_{4 * 1024 * 1024,
                                                     64 * 1024};  ///< account and address; owner: the account
};

}  // namespace davit::login
