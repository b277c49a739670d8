#include "davit/http/request_body.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

namespace davit::http {
namespace {

constexpr std::size_t block = BufferPool::block;

}  // namespace

std::span<std::byte> InputBuffer::prepare(std::size_t room) {
    if (capacity_ - end_ < room) {
        const auto wanted = std::max(block, std::max(size() + room, capacity_ < block ? 0 : capacity_));
        if (wanted > capacity_ || begin_ == 0) {
            const auto grown = wanted > capacity_ ? wanted : capacity_ * 2;
            auto bigger = BufferPool::take(grown);
            if (size() > 0) std::memcpy(bigger.get(), data(), size());
            bytes_ = std::move(bigger);
            capacity_ = grown;
        } else {
            std::memmove(bytes_.get(), data(), size());
        }
        end_ -= begin_;
        begin_ = 0;
    }
    return {reinterpret_cast<std::byte*>(bytes_.get() + end_), capacity_ - end_};
}

void InputBuffer::consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::release() {
    if (size() > 0) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

RequestBody::RequestBody(Connection& connection, InputBuffer& input, Parser& parser, std::chrono::seconds timeout)
    : connection_(connection), input_(input), parser_(parser), timeout_(timeout) {
    namespace bh = boost::beast::http;
    if (!parser_.is_header_done()) return;  // a malformed head says nothing about a body
    chunked_ = parser_.chunked();
    if (!chunked_) length_ = parser_.content_length().value_or(0);
    expects_continue_ = present() && parser_.get().version() >= 11 &&
                        boost::beast::iequals(parser_.get()[bh::field::expect], "100-continue");
}

std::optional<std::uint64_t> RequestBody::length() const {
    return chunked_ ? std::nullopt : std::optional(length_);
}

std::unexpected<Failure> RequestBody::break_off(FailureCode code, std::string sentence) {
    fault_ = Failure{code, std::move(sentence), {}};
    return std::unexpected(*fault_);
}

Task<Result<std::size_t>> RequestBody::receive(std::span<std::byte> into) {
    error_code error;
    connection_.set_deadline(timeout_);
    const auto bytes = co_await connection_.receive(into, error);
    connection_.clear_deadline();
    if (connection_.timed_out()) co_return break_off(FailureCode::request_timeout, "The body stopped arriving.");
    if (error || bytes == 0)
        co_return break_off(FailureCode::incomplete_body,
                            "The body ended after " + std::to_string(received_) + " bytes" +
                                (chunked_ ? ", before its last chunk." : " of " + std::to_string(length_) + "."));
    co_return bytes;
}

Task<Result<std::size_t>> RequestBody::read(std::span<std::byte> into) {
    if (done() || into.empty()) co_return std::size_t{0};
    if (fault_) co_return std::unexpected(*fault_);
    if (expects_continue_) {
        expects_continue_ = false;
        error_code error;
        co_await connection_.send("HTTP/1.1 100 Continue\r\n\r\n", error);
    }
    // Two statements: GCC 12 destroys the awaitable twice when a conditional operator chooses it.
    if (chunked_) co_return co_await read_chunked(into);
    co_return co_await read_plain(into);
}

std::size_t RequestBody::read_at_once(std::span<std::byte> into) {
    if (done() || into.empty() || fault_ || expects_continue_) return 0;
    return chunked_ ? chunks_at_once(into) : plain_at_once(into);
}

Task<Result<std::size_t>> RequestBody::read_plain(std::span<std::byte> into) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), length_ - received_));
    if (input_.size() > 0) {
        const auto bytes = std::min(wanted, input_.size());
        std::memcpy(into.data(), input_.data(), bytes);
        input_.consume(bytes);
        received_ += bytes;
        co_return bytes;
    }
    auto bytes = co_await receive(into.first(wanted));
    if (bytes) received_ += *bytes;
    co_return bytes;
}

std::size_t RequestBody::plain_at_once(std::span<std::byte> into) {
    if (input_.size() > 0) return 0;
    const auto wanted = std::min<std::uint64_t>(into.size(), length_ - received_);
    const auto bytes = connection_.receive_at_once(into.first(static_cast<std::size_t>(wanted)));
    received_ += bytes;
    return bytes;
}

/// Bytes of a chunk's head with its extensions, and of all trailer fields.
constexpr std::size_t longest_between_chunks = 8 * 1024;
/// Bytes of sizes, extensions and trailers beside so many of content: chunks of one byte have five and are a client's
/// right, but nobody receives gigabytes for nothing (RFC 9112, 7.1.1).
constexpr std::uint64_t most_around_chunks(std::uint64_t content) {
    return 64 * 1024 + 16 * content;
}
/// Bytes of chunks that are received at once: for whoever wants many, fewer system calls.
constexpr std::size_t largest_piece = 8 * block;

std::span<std::byte> RequestBody::room_for_chunks(std::size_t wanted) {
    return input_.prepare(std::clamp(wanted, std::size_t{1024}, largest_piece));
}

/// What the bytes that have arrived hold; nothing when more have to come.
std::optional<Result<std::size_t>> RequestBody::chunks_at_hand(std::span<std::byte> into) {
    namespace bh = boost::beast::http;
    auto& sink = parser_.get().body();
    sink.data = into.data();
    sink.size = into.size();
    sink.more = true;
    for (;;) {
        error_code error;
        std::size_t used = 0;
        // What the parser takes only whole it looks at again with every piece that comes (RFC 9112, 7.1.1).
        const auto piece = std::min(input_.size(), longest_between_chunks);
        if (piece > 0) {
            used = parser_.put(boost::asio::const_buffer(input_.data(), piece), error);
            input_.consume(used);
            around_chunks_ += used;
            if (error == bh::error::need_buffer || error == bh::error::need_more) error = {};
        }
        if (error)
            return break_off(FailureCode::bad_request, "The chunked body is malformed: " + error.message() + ".");
        const auto produced = into.size() - sink.size;
        received_ += produced;
        around_chunks_ -= produced;
        if (around_chunks_ > most_around_chunks(received_))
            return break_off(FailureCode::bad_request, "There is far more around the chunks than in them.");
        if (produced > 0 || parser_.is_done()) return produced;
        if (used > 0 && input_.size() > 0) continue;
        if (used == 0 && piece == longest_between_chunks)
            return break_off(FailureCode::bad_request, "A chunk's extensions, or the trailer fields, are too long.");
        return std::nullopt;
    }
}

Task<Result<std::size_t>> RequestBody::read_chunked(std::span<std::byte> into) {
    for (;;) {
        auto at_hand = chunks_at_hand(into);
        if (at_hand) co_return std::move(*at_hand);
        const auto bytes = co_await receive(room_for_chunks(into.size()));
        if (!bytes) co_return bytes;
        input_.commit(*bytes);
    }
}

std::size_t RequestBody::chunks_at_once(std::span<std::byte> into) {
    for (;;) {
        const auto at_hand = chunks_at_hand(into);
        if (at_hand) return at_hand->value_or(0);
        const auto bytes = connection_.receive_at_once(room_for_chunks(into.size()));
        if (bytes == 0) return 0;
        input_.commit(bytes);
    }
}

const std::string* RequestBody::whole_at_once(std::uint64_t cap) {
    if (whole_) return &*whole_;
    if (received_ > 0 || !buffered() || length_ > cap || expects_continue_) return nullptr;
    whole_.emplace(input_.data(), static_cast<std::size_t>(length_));
    input_.consume(static_cast<std::size_t>(length_));
    received_ = length_;
    return &*whole_;
}

Task<Result<std::string>> RequestBody::read_all(std::uint64_t cap) {
    const auto too_large = [&] {
        return fail(FailureCode::body_too_large,
                    "The body is larger than the " + std::to_string(cap) + " bytes allowed here.");
    };
    if (whole_) co_return *whole_;
    if (!chunked_ && length_ > cap) co_return too_large();
    constexpr std::size_t window = 16384;
    std::string body;
    body.reserve(static_cast<std::size_t>(chunked_ ? 4096 : std::min<std::uint64_t>(length_, 65536)));
    while (!done()) {
        const auto old = body.size();
        // Room is zeroed before it is filled: no more of it than can come.
        body.resize(old + (chunked_ ? window : std::min<std::uint64_t>(window, length_ - received_)));
        const auto bytes = co_await read(std::as_writable_bytes(std::span(body).subspan(old)));
        if (!bytes) co_return std::unexpected(bytes.error());
        body.resize(old + *bytes);
        if (body.size() > cap) co_return too_large();
    }
    co_return body;
}

}  // namespace davit::http
