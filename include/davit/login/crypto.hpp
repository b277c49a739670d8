#pragma once
// The few things OpenSSL is asked for outside TLS. Everything throws std::runtime_error when the library refuses: then
// nobody can be let in.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace davit::login {

using KeyedHash = std::array<std::uint8_t, 16>;

/// A key made at random when it is made, kept in memory only. Thread-safe.
class SecretKey {
public:
    SecretKey();
    ~SecretKey();
    /// SipHash with 128 bits: nobody without the key can make or recognise one, and it costs less than the look-up it
    /// is for, which stands in the way of every request.
    KeyedHash hash(std::string_view text) const;

private:
    struct Mac;
    std::array<std::uint8_t, 16> key_{};
    mutable std::mutex mutex_;
    std::unique_ptr<Mac> mac_;
};

std::string random_hex(std::size_t bytes);
std::string hex(const void* bytes, std::size_t size);
/// `algorithm`: "MD5" or "SHA256"; the digest in lower case hex.
std::string hex_digest(const char* algorithm, std::string_view text);
/// Takes as long wherever the difference is.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace davit::login
