#pragma once
// Digest authentication (RFC 7616), qop "auth", MD5 and SHA-256: for Windows over plain HTTP.
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "davit/headers/fields.hpp"
#include "davit/login/accounts.hpp"
#include "davit/login/crypto.hpp"
#include "davit/login/fair_table.hpp"

namespace davit::login {

class DigestLogin {
public:
    using Clock = std::chrono::steady_clock;
    enum class Answer : std::uint8_t { right, wrong, stale, malformed };
    struct Checked {
        Answer answer = Answer::malformed;
        std::string user{};
        bool first = false;  ///< correct, and the first use of this nonce
    };

    explicit DigestLogin(std::string realm) : realm_(std::move(realm)) {}

    /// The request target as received, and the prefix that a proxy removed from it.
    struct Target {
        std::string_view prefix, rest;
    };
    using Parameters = headers::AuthorizationParameters;  ///< of the Authorization field
    Checked check(const Parameters& given, std::string_view method, const Target& target, const Accounts& accounts);
    /// The claimed name; "" when it is missing.
    static std::string_view user_of(const Parameters& given);
    /// True when this user has used the nonce correctly before, so the request is not an attacker's first guess.
    bool in_use(const Parameters& given);
    /// A value of WWW-Authenticate. The caller sends the stronger one first (RFC 7616, 3.7).
    std::string challenge(bool sha256, bool stale) const;

private:
    /// Requests on several connections may overtake one another, so the server tracks the last 64 counts of a nonce.
    struct Counts {
        std::uint32_t highest = 0;
        std::uint64_t seen = 0;
        Clock::time_point issued, begun;  ///< `begun`: the time of the first use
        std::string user;
    };
    static constexpr std::chrono::minutes nonce_life{10};

    std::string make_nonce() const;
    std::optional<Clock::time_point> issued(
        std::string_view nonce) const;  ///< nothing: this server did not issue the nonce
    enum class Use : std::uint8_t { first, further, repeated };
    Use use(const std::string& nonce, std::uint32_t count, Clock::time_point issued_at, const std::string& user);
    void raise_floor(const Counts& evicted);

    const std::string realm_;
    const SecretKey key_;
    std::mutex mutex_;
    FairTable<std::string, Counts> counts_{4 * 1024 * 1024, 512 * 1024};  ///< key: nonce and user; owner: the user
    /// The counts of an evicted nonce are lost, so an eavesdropper could repeat its requests. Therefore the server
    /// refuses each nonce of this user that was issued at or before this time and is not in the table.
    std::map<std::string, Clock::time_point, std::less<>> floors_;
};

}  // namespace davit::login
