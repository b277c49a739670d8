#pragma once
// Credentials that were found good not long ago, so that a slow hash costs once.
#include <chrono>
#include <map>
#include <memory>
#include <mutex>

#include "davit/login/accounts.hpp"
#include "davit/login/crypto.hpp"

namespace davit::login {

/// Thread-safe. Holds no credentials, only their hash under a key that lives as long as the process. What was
/// remembered under other accounts than those of today counts as forgotten.
class CredentialCache {
public:
    using Clock = std::chrono::steady_clock;
    explicit CredentialCache(std::chrono::seconds kept) : kept_(kept) {}

    IdentityPtr find(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts);
    /// `most`: an upper bound of the time, for credentials that end by themselves.
    void remember(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts, IdentityPtr identity,
                  std::chrono::seconds most = std::chrono::seconds::max());

private:
    struct Entry {
        IdentityPtr identity;
        Clock::time_point until;
    };
    static constexpr std::size_t most_entries = 10000;
    void make_room();
    void forget_others_than(const std::shared_ptr<const Accounts>& accounts);

    const std::chrono::seconds kept_;
    const SecretKey key_;
    std::mutex mutex_;
    std::shared_ptr<const Accounts> accounts_;  ///< under which all of them were found
    std::map<KeyedHash, Entry> entries_;
};

}  // namespace davit::login
