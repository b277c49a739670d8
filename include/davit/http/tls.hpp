#pragma once
// TLS 1.2 and 1.3: what all connections begin from, and one connection's half of it. The only door to it.
#include <sys/uio.h>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "davit/http/server_options.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace davit::http {

class TicketKeys;

/// What a call on a non-blocking socket came to.
struct Step {
    enum class Waits : std::uint8_t { no, to_read, to_write };
    enum class End : std::uint8_t { no, closed, failed };
    std::size_t bytes = 0;
    Waits waits = Waits::no;  ///< nothing was done: wait for that and call again
    End end = End::no;        ///< the peer said that no more comes; or the connection is of no use any more
};

/// TLS on one connected, non-blocking socket, which stays its owner's. Never waits.
class TlsStream {
public:
    explicit TlsStream(ssl_st* session);

    Step shake_hands();
    /// As much as has arrived, at most `into.size()` bytes: once it asks to wait, nothing lies decrypted in memory.
    Step read(std::span<std::byte> into);
    /// OpenSSL holds bytes that it took off the socket: a whole record, or the beginning of one.
    bool has_buffered() const;
    /// A record's worth from the front of `pieces`. When it asks to wait, the next call begins with the same bytes and
    /// has no fewer of them.
    Step write(std::span<const iovec> pieces);
    /// Tells the peer that nothing more follows, so that it need not fear an answer was cut off.
    void say_goodbye();
    /// The kernel encrypts (kTLS): the socket is to be written to as a plain one, sendfile(2) included. OpenSSL's own
    /// writes would read a buffer that has moved since (its issue 21202).
    bool kernel_sends() const { return kernel_sends_; }

private:
    Step outcome(int result);

    struct Free {
        void operator()(ssl_st* session) const;
    };
    std::unique_ptr<ssl_st, Free> session_;
    bool kernel_sends_ = false;
    bool broken_ = false;  ///< OpenSSL must not be called any more
};

/// Certificate, key and rules. Any thread.
class Tls {
public:
    /// Throws std::runtime_error with a sentence for the operator when certificate or key are of no use.
    explicit Tls(TlsOptions options);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// Reads the files again, for connections from now on; sessions of before can still be resumed. When they are of
    /// no use everything stays as it is, and the error says why.
    std::expected<void, std::string> reload();
    /// "CN=dav.example.com, valid until Jan  1 00:00:00 2027 GMT", for the log.
    std::string describe() const;

    TlsStream begin(int socket) const;

private:
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };
    using Context = std::unique_ptr<ssl_ctx_st, Free>;
    std::expected<Context, std::string> make() const;

    TlsOptions options_;
    std::unique_ptr<TicketKeys> keys_;
    mutable std::mutex mutex_;  ///< for `context_`
    Context context_;
};

/// The first byte of a connection is no TLS but the letter of a method: plain HTTP came to the wrong port.
bool begins_like_http(std::byte first);

}  // namespace davit::http
