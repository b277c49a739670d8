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
    /// `mistakes` gets a sentence about each key that cannot be used, and about a text that is no JWK set.
    static KeySet read(std::string_view text, std::vector<std::string>& mistakes);
    /// A key decides which algorithms it may be used with, not the token.
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
