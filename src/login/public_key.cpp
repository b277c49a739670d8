#include "public_key.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "davit/headers/base64.hpp"
#include "token_json.hpp"

namespace davit::login {
namespace {

template <auto release>
struct Release {
    void operator()(auto* object) const { release(object); }
};
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using KeyParameters = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using CurveSignature = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;

constexpr std::size_t fewest_bits = 2048;    // RFC 7518, 3.3
constexpr std::size_t most_bits = 16384;     // OpenSSL verifies with no longer keys
constexpr std::size_t longest_exponent = 8;  // bytes; OpenSSL accepts no longer exponent with a long modulus

enum class Way : unsigned char { pkcs1, pss, ecdsa, eddsa };
struct SignatureAlgorithm {
    std::string_view name, curve;  ///< curve "": RSA
    Way way;
    const char* digest;  ///< null: the algorithm's own
};
/// Public keys only: a secret that the server shares with the token issuer would let the server's own files forge
/// tokens.
constexpr std::array signature_algorithms{
    SignatureAlgorithm{"RS256", "", Way::pkcs1, "SHA256"},
    SignatureAlgorithm{"RS384", "", Way::pkcs1, "SHA384"},
    SignatureAlgorithm{"RS512", "", Way::pkcs1, "SHA512"},
    SignatureAlgorithm{"PS256", "", Way::pss, "SHA256"},
    SignatureAlgorithm{"PS384", "", Way::pss, "SHA384"},
    SignatureAlgorithm{"PS512", "", Way::pss, "SHA512"},
    SignatureAlgorithm{"ES256", "P-256", Way::ecdsa, "SHA256"},
    SignatureAlgorithm{"ES384", "P-384", Way::ecdsa, "SHA384"},
    SignatureAlgorithm{"ES512", "P-521", Way::ecdsa, "SHA512"},
    SignatureAlgorithm{"EdDSA", "Ed25519", Way::eddsa, nullptr},
    SignatureAlgorithm{"EdDSA", "Ed448", Way::eddsa, nullptr},
};

struct Curve {
    std::string_view name, kind;  ///< "crv" and "kty" (RFC 7518, 6.2.1; RFC 8037, 2)
    const char* in_openssl;
    std::size_t coordinate;  ///< bytes
};
constexpr std::array curves{Curve{"P-256", "EC", "prime256v1", 32}, Curve{"P-384", "EC", "secp384r1", 48},
                            Curve{"P-521", "EC", "secp521r1", 66}, Curve{"Ed25519", "OKP", "ED25519", 32},
                            Curve{"Ed448", "OKP", "ED448", 57}};

const Curve* find_curve(std::string_view name) {
    const auto* found = std::ranges::find(curves, name, &Curve::name);
    return found == curves.end() ? nullptr : found;
}

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Number number(std::string_view bytes) {
    return Number(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// A number of a key without leading zeros; "" when it is invalid.
std::string magnitude(const boost::json::object& jwk, std::string_view name) {
    auto bytes = headers::from_base64url(text_at(jwk, name)).value_or("");
    bytes.erase(0, std::min(bytes.find_first_not_of('\0'), bytes.size()));
    return bytes;
}

bool is_odd(std::string_view bytes) {
    return !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 1) != 0;
}

EVP_PKEY* make_key(const char* kind, const Builder& builder) {
    const KeyParameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        key = nullptr;
    return key;
}

EVP_PKEY* make_rsa_key(std::string_view modulus, std::string_view exponent) {
    const auto n = number(modulus), e = number(exponent);
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
        return nullptr;
    return make_key("RSA", builder);
}

/// OpenSSL checks that the point lies on the curve.
EVP_PKEY* make_ec_key(const Curve& curve, const std::string& point) {
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.in_openssl, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
        return nullptr;
    return make_key("EC", builder);
}

/// Converts r and s (RFC 7518, 3.4) to the form that OpenSSL reads; "" when their length does not match the curve.
std::string der_signature(std::string_view signature, std::size_t coordinate) {
    if (signature.size() != 2 * coordinate) return "";
    auto r = number(signature.substr(0, coordinate)), s = number(signature.substr(coordinate));
    const CurveSignature made(ECDSA_SIG_new());
    if (!r || !s || !made || ECDSA_SIG_set0(made.get(), r.get(), s.get()) != 1) return "";
    (void)r.release();
    (void)s.release();
    unsigned char* bytes = nullptr;
    const auto size = i2d_ECDSA_SIG(made.get(), &bytes);
    if (size <= 0) return "";
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

bool verify_by_openssl(EVP_PKEY* key, const SignatureAlgorithm& algorithm, std::string_view text,
                       std::string_view signature) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;  // owned by the context
    if (!context ||
        EVP_DigestVerifyInit_ex(context.get(), &options, algorithm.digest, nullptr, nullptr, key, nullptr) != 1)
        return false;
    if (algorithm.way == Way::pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                                      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

}  // namespace

struct PublicKeyReader {
    using Read = std::expected<PublicKey, std::string>;

    static Read rsa(const boost::json::object& jwk) {
        const auto modulus = magnitude(jwk, "n"), exponent = magnitude(jwk, "e");
        if (modulus.empty()) return std::unexpected("has no modulus (n) in base64url");
        const auto bits = modulus.size() * 8 -
                          static_cast<std::size_t>(std::countl_zero(static_cast<unsigned char>(modulus.front())));
        if (bits < fewest_bits) return std::unexpected("has " + std::to_string(bits) + " bits; RSA needs 2048");
        if (bits > most_bits)
            return std::unexpected("has " + std::to_string(bits) + " bits; more than " + std::to_string(most_bits) +
                                   " are not taken");
        if (!is_odd(modulus)) return std::unexpected("has a modulus (n) that is even");
        if (!is_odd(exponent) || exponent == "\x01" || exponent.size() > longest_exponent)
            return std::unexpected("has no public exponent (e) in base64url that is odd, above 1 and below 2^64");
        return made(make_rsa_key(modulus, exponent), "");
    }

    static Read elliptic(const boost::json::object& jwk, std::string_view kind) {
        const auto* curve = find_curve(text_at(jwk, "crv"));
        if (!curve || curve->kind != kind)
            return std::unexpected("has the curve (crv) \"" + std::string(text_at(jwk, "crv")) +
                                   "\"; known for its kind are " +
                                   (kind == "EC" ? "P-256, P-384 and P-521" : "Ed25519 and Ed448"));
        const auto x = headers::from_base64url(text_at(jwk, "x"));
        const auto y = headers::from_base64url(text_at(jwk, "y"));
        const auto fits = [&](const auto& bytes) { return bytes && bytes->size() == curve->coordinate; };
        if (!fits(x) || (kind == "EC" && !fits(y)))
            return std::unexpected("has no point (" + std::string(kind == "EC" ? "x, y" : "x") + ") of " +
                                   std::to_string(curve->coordinate) + " bytes in base64url, as its curve asks");
        EVP_PKEY* key =
            kind == "EC" ? make_ec_key(*curve, "\x04" + *x + *y)
                         : EVP_PKEY_new_raw_public_key_ex(nullptr, curve->in_openssl, nullptr, octets(*x), x->size());
        return made(key, curve->name);
    }

    static Read made(EVP_PKEY* key, std::string_view curve) {
        PublicKey made;
        made.key_.reset(key);
        made.curve_ = curve;
        ERR_clear_error();
        if (!key) return std::unexpected("makes no sense: OpenSSL takes no such numbers for a key");
        return made;
    }

    static Read read(const boost::json::object& jwk) {
        const auto kind = text_at(jwk, "kty");
        if (kind == "oct") return std::unexpected("is a shared secret (kty oct); only public keys are taken");
        if (kind != "RSA" && kind != "EC" && kind != "OKP")
            return std::unexpected("has the kind (kty) \"" + std::string(kind) + "\"; known are RSA, EC and OKP");
        auto key = kind == "RSA" ? rsa(jwk) : elliptic(jwk, kind);
        if (!key) return key;
        const auto* algorithm = jwk.if_contains("alg");
        if (!algorithm) return key;
        if (!key->allows(text_at(jwk, "alg")))
            return std::unexpected("is for \"" + std::string(text_at(jwk, "alg")) +
                                   "\" (alg), which is no signature known here for a key of its kind");
        key->algorithm_ = text_at(jwk, "alg");
        return key;
    }
};

std::expected<PublicKey, std::string> PublicKey::from_jwk(const boost::json::object& jwk) {
    return PublicKeyReader::read(jwk);
}

bool PublicKey::allows(std::string_view algorithm) const {
    if (!algorithm_.empty() && algorithm_ != algorithm) return false;
    return std::ranges::any_of(signature_algorithms,
                               [&](const auto& each) { return each.name == algorithm && each.curve == curve_; });
}

bool PublicKey::verify(std::string_view algorithm, std::string_view signed_text, std::string_view signature) const {
    const auto* found = std::ranges::find_if(
        signature_algorithms, [&](const auto& each) { return each.name == algorithm && each.curve == curve_; });
    if (found == signature_algorithms.end() || !allows(algorithm)) return false;
    std::string der;
    if (found->way == Way::ecdsa) {
        der = der_signature(signature, find_curve(curve_)->coordinate);
        if (der.empty()) return false;
        signature = der;
    }
    const bool right = verify_by_openssl(key_.get(), *found, signed_text, signature);
    ERR_clear_error();  // otherwise the next user of OpenSSL on this thread would see the old error as its own
    return right;
}

}  // namespace davit::login
