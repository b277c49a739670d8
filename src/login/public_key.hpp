#pragma once
// A public key that verifies signatures of tokens (RFC 7517, RFC 7518, RFC 8037).
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
    /// The error is half a sentence that follows the key's name.
    static std::expected<PublicKey, std::string> from_jwk(const boost::json::object& jwk);
    /// True when this key may be used with `algorithm`: its kind, its curve and its own "alg" decide.
    bool allows(std::string_view algorithm) const;
    bool verify(std::string_view algorithm, std::string_view signed_text, std::string_view signature) const;

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    std::unique_ptr<EVP_PKEY, Free> key_;
    std::string curve_;      ///< "crv"; "" for RSA
    std::string algorithm_;  ///< "alg": the only allowed one; "": all that its kind allows

    friend struct PublicKeyReader;
};

}  // namespace davit::login
