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
        bool first = false;  ///< right, and with this nonce for the first time
    };

    explicit DigestLogin(std::string realm) : realm_(std::move(realm)) {}

    /// The request target as it came, and what a proxy has taken off it before.
    struct Target {
        std::string_view prefix, rest;
    };
    using Parameters = headers::AuthorizationParameters;  ///< of Authorization
    Checked check(const Parameters& given, std::string_view method, const Target& target, const Accounts& accounts);
    /// The name that is claimed; "" without one.
    static std::string_view user_of(const Parameters& given);
    /// The nonce has been used rightly by this user before: it is not somebody's first guess.
    bool in_use(const Parameters& given);
    /// Values of WWW-Authenticate, the stronger first (RFC 7616, 3.7).
    std::string challenge(bool sha256, bool stale) const;

private:
    /// Requests may overtake one another on several connections: the last 64 counts of a nonce are told apart.
    struct Counts {
        std::uint32_t highest = 0;
        std::uint64_t seen = 0;
        Clock::time_point issued, begun;  ///< `begun`: used for the first time
        std::string user;
    };
    static constexpr std::chrono::minutes nonce_life{10};

    std::string make_nonce() const;
    std::optional<Clock::time_point> issued(std::string_view nonce) const;  ///< nothing: not one of ours
    enum class Use : std::uint8_t { first, further, repeated };
    Use use(const std::string& nonce, std::uint32_t count, Clock::time_point issued_at, const std::string& user);
    void raise_floor(const Counts& evicted);

    const std::string realm_;
    const SecretKey key_;
    std::mutex mutex_;
    FairTable<std::string, Counts> counts_{4 * 1024 * 1024, 512 * 1024};  ///< key: nonce and user; owner: the user
    /// Counts of a nonce that was evicted are lost, so whoever overheard it could repeat what it was used for. Of this
    /// user no nonce is taken that was issued then or before, and that is not in the table.
    std::map<std::string, Clock::time_point, std::less<>> floors_;
};

}  // namespace davit::login
