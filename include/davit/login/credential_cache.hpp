#pragma once
// Recently verified credentials, so that the server computes a slow hash once.
#include <array>
#include <chrono>
#include <memory>
#include <mutex>

#include "davit/login/accounts.hpp"
#include "davit/login/crypto.hpp"
#include "davit/login/fair_table.hpp"

namespace davit::login {

/// Thread-safe. Holds no credentials, only their hashes under a key that lives as long as the process. When the account
/// files change, the cache keeps only entries whose account has the same password as before.
class CredentialCache {
public:
    using Clock = std::chrono::steady_clock;
    explicit CredentialCache(std::chrono::seconds kept) : kept_(kept) {}

    struct Found {
        IdentityPtr identity;  ///< null: the cache has no entry
        bool new_address =
            false;  ///< as far as the cache remembers, the credentials come from this address for the first time
        explicit operator bool() const { return identity != nullptr; }
    };
    Found find(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts, std::string_view address);
    /// `most`: an upper bound of the time, for credentials that expire by themselves.
    void remember(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts,
                  const IdentityPtr& identity, std::chrono::seconds most = std::chrono::seconds::max());

private:
    struct Entry {
        IdentityPtr identity;
        Clock::time_point made, until;
        std::array<std::size_t, 4> addresses{};  ///< hashes of the last addresses, as a ring
        unsigned turn = 0;
    };
    void take_over(const std::shared_ptr<const Accounts>& accounts);

    const std::chrono::seconds kept_;
    const SecretKey key_;
    std::mutex mutex_;
    std::shared_ptr<const Accounts> accounts_;                           ///< under which all entries are valid
    FairTable<KeyedHash, Entry> entries_{8 * 1024 * 1024, 1024 * 1024};  ///< owner: the user
};

}  // namespace davit::login
