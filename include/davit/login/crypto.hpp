#pragma once
// OpenSSL functions used outside TLS. Every function throws std::runtime_error when the library fails: no login is
// possible then.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace davit::login {

using KeyedHash = std::array<std::uint8_t, 16>;

/// A random key that exists in memory only. Thread-safe.
class SecretKey {
public:
    SecretKey();
    ~SecretKey();
    /// SipHash with 128 bits. An attacker without the key can neither make nor recognise a hash. It costs less than the
    /// look-up that every request makes with it.
    KeyedHash hash(std::string_view text) const;

private:
    struct Mac;
    std::array<std::uint8_t, 16> key_{};
    mutable std::mutex mutex_;
    std::unique_ptr<Mac> mac_;
};

std::string random_hex(std::size_t bytes);
std::string hex(const void* bytes, std::size_t size);
/// `algorithm`: "MD5" or "SHA256". Returns the digest in lower-case hex.
std::string hex_digest(const char* algorithm, std::string_view text);
/// Takes the same time wherever the texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace davit::login
