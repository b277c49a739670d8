#pragma once
// TLS 1.2 and 1.3: the context of all connections, and the state of one connection.
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

/// The result of a call on a non-blocking socket.
struct Step {
    enum class Waits : std::uint8_t { no, to_read, to_write };
    enum class End : std::uint8_t { no, closed, failed };
    std::size_t bytes = 0;
    Waits waits = Waits::no;  ///< nothing was done: wait for this event and call again
    End end = End::no;        ///< the peer ended the stream; or the connection is broken
};

/// TLS on one connected, non-blocking socket, which the caller owns. Never waits.
class TlsStream {
public:
    explicit TlsStream(ssl_st* session);

    Step shake_hands();
    /// Reads as much as has arrived, at most `into.size()` bytes. When it asks to wait, no decrypted bytes are left in
    /// memory.
    Step read(std::span<std::byte> into);
    /// Whether OpenSSL holds bytes that it took off the socket: a whole record, or the beginning of one.
    bool has_buffered() const;
    /// Writes one record from the front of `pieces`. When it asks to wait, the next call must begin with the same bytes
    /// and at least as many.
    Step write(std::span<const iovec> pieces);
    /// Tells the peer that the stream ends here, so that it knows that no answer was cut off.
    void say_goodbye();
    /// Whether the kernel encrypts (kTLS). Then the caller writes to the socket as to a plain one, also with
    /// sendfile(2): OpenSSL's own writes would read a buffer that may have moved (its issue 21202).
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

/// Certificate, key and rules of all connections. Thread-safe.
class Tls {
public:
    /// Throws std::runtime_error with a sentence for the operator when certificate or key cannot be used.
    explicit Tls(TlsOptions options);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// Reads the files again, for new connections. Clients can still resume earlier sessions. When the files cannot be
    /// used, nothing changes, and the error has the reason.
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

/// Whether the first byte of a connection is the letter of a method and not TLS: plain HTTP came to the wrong port.
bool begins_like_http(std::byte first);

}  // namespace davit::http
