#pragma once
// Bearer tokens (RFC 6750) that are signed JWTs (RFC 7519), checked against a set of public keys (RFC 7517).
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "davit/login/key_set.hpp"

namespace davit::login {

struct BearerOptions {
    std::string keys;      ///< a JWK set on disk, which the server rereads when it changes; "": no bearer tokens
    std::string issuer;    ///< "iss" must be this; "": any
    std::string audience;  ///< "aud" must equal or contain this; "": any
    std::string user_claim = "sub";
    std::string groups_claim = "groups";
};

class BearerLogin {
public:
    struct Holder {
        std::string user;
        std::vector<std::string> groups;
        std::chrono::seconds left{};  ///< until the token ends
    };

    BearerLogin(BearerOptions options, std::function<void(const std::string&)> tell);
    /// Changes whenever the keys change.
    std::string generation() const;
    /// The user of the token, or why it is invalid: one sentence for the log and the response.
    std::expected<Holder, std::string> check(std::string_view token);
    /// The same for claims whose signature has been verified. `at`: the current time.
    static std::expected<Holder, std::string> holder_of(std::string_view claims, const BearerOptions& options,
                                                        std::chrono::sys_seconds at);

private:
    std::shared_ptr<const KeySet> keys();

    const BearerOptions options_;
    const std::function<void(const std::string&)> tell_;
    std::mutex mutex_;
    std::string read_at_;
    std::shared_ptr<const KeySet> keys_;
};

}  // namespace davit::login
