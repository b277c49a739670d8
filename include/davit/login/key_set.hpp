#pragma once
// A JWK set (RFC 7517, 5): the public keys that tokens may be signed with.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "davit/login/signed_token.hpp"

namespace davit::login {

class PublicKey;

/// Immutable; threads may share one.
class KeySet {
public:
    /// `mistakes` receives a sentence about each unusable key, and about a text that is not a JWK set.
    static KeySet read(std::string_view text, std::vector<std::string>& mistakes);
    /// The key decides which algorithms are allowed, not the token.
    bool verify(const SignedToken& token) const;
    bool empty() const { return keys_.empty(); }

private:
    struct Named {
        std::string id;
        std::shared_ptr<const PublicKey> key;
    };
    std::vector<Named> keys_;
};

}  // namespace davit::login
