#pragma once
// A public key that signatures of tokens are verified with (RFC 7517, RFC 7518, RFC 8037).
#include <openssl/evp.h>

#include <boost/json.hpp>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace davit::login {

/// Immutable; threads may share one.
class PublicKey {
public:
    /// Or what is wrong with it: half a sentence that follows the key's name.
    static std::expected<PublicKey, std::string> from_jwk(const boost::json::object& jwk);
    /// Whether `algorithm` is one that this key may be used with: its kind and its curve decide, and its own "alg".
    bool allows(std::string_view algorithm) const;
    bool verify(std::string_view algorithm, std::string_view signed_text, std::string_view signature) const;

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    std::unique_ptr<EVP_PKEY, Free> key_;
    std::string curve_;      ///< "crv"; "" for RSA
    std::string algorithm_;  ///< "alg": the only one; "": what its kind allows

    friend struct PublicKeyReader;
};

}  // namespace davit::login
