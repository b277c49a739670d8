#include "davit/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace davit::http {
namespace {

constexpr std::size_t record = 16 * 1024;  ///< RFC 8446, 5.1

int as_int(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, 1U << 30));
}

/// The front of `pieces` as one run of bytes, at most a record: copied only when it lies in several places.
std::span<const char> gather(std::span<const iovec> pieces) {
    const auto& first = pieces.front();
    const auto* begin = static_cast<const char*>(first.iov_base);
    if (pieces.size() == 1 || first.iov_len >= record) return {begin, std::min(first.iov_len, record)};
    thread_local std::array<char, record> together;
    std::size_t filled = 0;
    for (const auto& piece : pieces) {
        const auto part = std::min(piece.iov_len, record - filled);
        if (part > 0) std::memcpy(together.data() + filled, piece.iov_base, part);
        filled += part;
    }
    return {together.data(), filled};
}

}  // namespace

namespace {

thread_local int reads_left = 0;  ///< from the socket, of the call under way

/// A client can send records without content, such as changes of its keys, for as long as it likes, and OpenSSL reads
/// on until content comes. This ends the call as if nothing more were there, and others are served first.
long limit_reads(BIO* bio, int operation, const char* /*data*/, std::size_t /*size*/, int /*command*/,
                 long /*argument*/, int result, std::size_t* /*processed*/) {
    if (operation != BIO_CB_READ || reads_left-- > 0) return result;
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
    return -1;
}

constexpr int reads_for_a_record = 2;
constexpr int reads_for_a_flight = 16;

}  // namespace

TlsStream::TlsStream(ssl_st* session) : session_(session) {
    BIO_set_callback_ex(SSL_get_rbio(session), limit_reads);
}

void TlsStream::Free::operator()(ssl_st* session) const {
    SSL_free(session);
}

Step TlsStream::outcome(int result) {
    switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {.waits = Step::Waits::to_read};
        case SSL_ERROR_WANT_WRITE:
            return {.waits = Step::Waits::to_write};
        case SSL_ERROR_ZERO_RETURN:
            return {.end = Step::End::closed};
        default:
            broken_ = true;
            return {.end = Step::End::failed};
    }
}

Step TlsStream::shake_hands() {
    ERR_clear_error();
    reads_left = reads_for_a_flight;
    const auto result = SSL_accept(session_.get());
    if (result != 1) return outcome(result);
    kernel_sends_ = BIO_get_ktls_send(SSL_get_wbio(session_.get())) != 0;
    return {};
}

Step TlsStream::read(std::span<std::byte> into) {
    Step step{.end = broken_ ? Step::End::failed : Step::End::no};
    while (step.bytes < into.size() && step.end == Step::End::no) {
        ERR_clear_error();
        const auto rest = into.subspan(step.bytes);
        reads_left = reads_for_a_record;
        const auto result = SSL_read(session_.get(), rest.data(), as_int(rest.size()));
        if (result <= 0) {
            const auto why = outcome(result);
            return step.bytes > 0 ? step : why;  // what ended it is said again by the next call
        }
        step.bytes += static_cast<std::size_t>(result);
    }
    return step;
}

bool TlsStream::has_buffered() const {
    return !broken_ && SSL_has_pending(session_.get()) != 0;
}

Step TlsStream::write(std::span<const iovec> pieces) {
    if (broken_) return {.end = Step::End::failed};
    ERR_clear_error();
    const auto bytes = gather(pieces);
    const auto result = SSL_write(session_.get(), bytes.data(), as_int(bytes.size()));
    if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
    const auto step = outcome(result);
    // Only a renegotiation would have to read first, and there is none.
    if (step.waits == Step::Waits::to_read) return {.end = Step::End::failed};
    return step;
}

void TlsStream::say_goodbye() {
    if (broken_ || SSL_is_init_finished(session_.get()) == 0) return;
    ERR_clear_error();
    SSL_shutdown(session_.get());
}

bool begins_like_http(std::byte first) {
    return first >= std::byte{'A'} && first <= std::byte{'Z'};
}

}  // namespace davit::http
