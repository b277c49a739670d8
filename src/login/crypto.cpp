#include "davit/login/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace davit::login {
namespace {

void expect(bool worked, const char* what) {
    if (!worked) throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

}  // namespace

struct SecretKey::Mac {
    EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
    EVP_MAC_CTX* context = EVP_MAC_CTX_new(algorithm);
    Mac() = default;
    ~Mac() {
        EVP_MAC_CTX_free(context);
        EVP_MAC_free(algorithm);
    }
    Mac(const Mac&) = delete;
    Mac& operator=(const Mac&) = delete;
};

SecretKey::SecretKey() : mac_(std::make_unique<Mac>()) {
    expect(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1, "RAND_bytes");
}

SecretKey::~SecretKey() = default;

KeyedHash SecretKey::hash(std::string_view text) const {
    KeyedHash out{};
    std::size_t size = 0;
    const std::lock_guard guard(mutex_);
    expect(EVP_MAC_init(mac_->context, key_.data(), key_.size(), nullptr) == 1 &&
               EVP_MAC_update(mac_->context, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1 &&
               EVP_MAC_final(mac_->context, out.data(), &size, out.size()) == 1 && size == out.size(),
           "SipHash");
    return out;
}

std::string random_hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    expect(RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) == 1, "RAND_bytes");
    return hex(raw.data(), raw.size());
}

std::string hex(const void* bytes, std::size_t size) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    const auto* at = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < size; ++i) (text += digits[at[i] >> 4]) += digits[at[i] & 15];
    return text;
}

std::string hex_digest(const char* algorithm, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    std::size_t size = 0;
    expect(EVP_Q_digest(nullptr, algorithm, nullptr, text.data(), text.size(), out.data(), &size) == 1, algorithm);
    return hex(out.data(), size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace davit::login
