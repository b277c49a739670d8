#pragma once
// Slows down password guessing: every wrong password makes the next attempt wait longer.
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "davit/login/crypto.hpp"
#include "davit/login/fair_table.hpp"

namespace davit::login {

/// Counts wrong credentials for each client address (IPv6: for each /64) and for each account, whether the account
/// exists or not. A correct login resets no counter: otherwise a user with an account could guess at other accounts
/// without limit.
///
/// Guesses from other addresses at an account do not delay an address from which its owner has logged in: otherwise an
/// attacker could lock the owner out. Thread-safe. Every table is bounded in bytes.
class Backoff {
public:
    using Clock = std::chrono::steady_clock;
    /// The number of free attempts and the maximum delay after them. The delay starts at a second and doubles with each
    /// failure.
    struct Allowance {
        unsigned free_failures;
        std::chrono::seconds longest_wait;
    };
    static constexpr Allowance for_address{5, std::chrono::seconds(60)};
    static constexpr Allowance for_account{20, std::chrono::seconds(15)};
    static constexpr std::chrono::seconds forgotten_after{900};      ///< without a further failure
    static constexpr std::chrono::hours address_known_for{30 * 24};  ///< after a login from it

    struct Held {
        std::chrono::seconds wait{0};     ///< before the server reads the credentials; 0: none
        bool because_of_account = false;  ///< the account's counter causes the delay, not the address's
    };
    /// `account`: the claimed name; "" before the credentials are read.
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

    const SecretKey key_;  ///< a name may be as long as a header, so the tables hold hashes
    std::mutex mutex_;
    Records addresses_{4 * 1024 * 1024,
                       512 * 1024};  ///< owner: the network, so that one network cannot evict the entries of others
    Records accounts_{4 * 1024 * 1024, 512 * 1024};  ///< owner: the network of the last guess
    FairTable<std::string, Clock::time_point> known_{4 * 1024 * 1024,
                                                     64 * 1024};  ///< account and address; owner: the account
};

}  // namespace davit::login
