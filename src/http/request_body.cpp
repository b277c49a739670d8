#include "davit/http/request_body.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "malformed_head.hpp"

namespace davit::http {
namespace {

constexpr std::size_t block = BufferPool::block;

/// The parser takes any byte inside quotes. RFC 9110, 5.6.4: of the control characters only the tab is allowed there.
struct CheckChunkExtensions {
    void operator()(std::uint64_t, boost::beast::string_view extensions, error_code& error) const {
        const auto forbidden = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; };
        error = {};
        if (std::any_of(extensions.begin(), extensions.end(), forbidden))
            error = boost::beast::http::error::bad_chunk_extension;
    }
};
CheckChunkExtensions check_chunk_extensions;

/// In a line that is not complete.
bool has_bare_line_feed(std::string_view text) {
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        if (at == 0 || text[at - 1] != '\r') return true;
    return false;
}

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

void InputBuffer::shrink() {
    if (size() == 0) {
        bytes_.reset();
        capacity_ = begin_ = end_ = 0;
        return;
    }
    if (capacity_ <= block || size() > block / 2) return;
    auto smaller = BufferPool::take(block);
    std::memcpy(smaller.get(), data(), size());
    end_ = size();
    begin_ = 0;
    bytes_ = std::move(smaller);
    capacity_ = block;
}

RequestBody::RequestBody(Connection& connection, InputBuffer& input, Parser& parser, const Limits& limits,
                         MemoryBudget& memory)
    : connection_(connection),
      input_(input),
      parser_(parser),
      limits_(limits),
      pace_(limits.body_timeout, limits.min_rate),
      memory_(memory) {
    namespace bh = boost::beast::http;
    if (!parser_.is_header_done()) return;  // a malformed head says nothing about a body
    chunked_ = parser_.chunked();
    if (chunked_) parser_.on_chunk_header(check_chunk_extensions);
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

std::unexpected<Failure> RequestBody::ended() {
    return break_off(FailureCode::incomplete_body,
                     "The body ended after " + std::to_string(received_) + " bytes" +
                         (chunked_ ? ", before its last chunk." : " of " + std::to_string(length_) + "."));
}

Task<Result<void>> RequestBody::ready() {
    if (done()) co_return Result<void>();
    if (fault_) co_return std::unexpected(*fault_);
    if (expects_continue_) {
        expects_continue_ = false;
        error_code error;
        co_await connection_.send("HTTP/1.1 100 Continue\r\n\r\n", error);
    }
    if (last_.end != Step::End::no) co_return ended();
    const bool dry = std::exchange(last_, {}).waits != Step::Waits::no;
    if (!dry && (input_.size() > 0 || connection_.has_buffered())) co_return Result<void>();
    input_.shrink();
    co_return co_await wait_for_bytes();
}

/// While so many bytes of a body are still to come, it is not worth being woken up for fewer.
constexpr std::uint64_t worth_waking = 64 * 1024;

Task<Result<void>> RequestBody::wait_for_bytes() {
    const std::uint64_t wanted = chunked_ ? 1 : std::min(worth_waking, length_ - received_);
    for (;;) {
        error_code error;
        const auto begin = connection_.now();
        connection_.set_deadline(pace_.left());
        co_await connection_.wait_readable(static_cast<std::size_t>(wanted), error);
        connection_.clear_deadline();
        const bool late = connection_.timed_out();
        if (error && !late) co_return ended();
        const auto waited = connection_.now() - begin;
        if (!late && waited == waited.zero()) co_return Result<void>();
        const auto unread = connection_.unread();
        auto fast_enough = check_pace(waited, unread);
        if (!fast_enough) co_return fast_enough;
        connection_.forget_timeout();
        if (!late || unread > 0) co_return Result<void>();
    }
}

Result<void> RequestBody::check_pace(std::chrono::steady_clock::duration waited, std::size_t unread) {
    switch (pace_.judge(waited, arrived_ + unread)) {
        case Pace::Verdict::fine:
            return {};
        case Pace::Verdict::stalled:
            return break_off(FailureCode::request_timeout, "The body stopped arriving.");
        case Pace::Verdict::slow:
            break;
    }
    return break_off(FailureCode::request_timeout, "The body arrives too slowly: fewer than " +
                                                       std::to_string(limits_.min_rate) + " bytes a second.");
}

namespace {

/// Nothing while the size is not complete.
std::optional<bool> is_last_chunk(std::string_view input) {
    constexpr std::size_t most_zeros = 64;
    const auto at = input.find_first_not_of('0');
    if (at == std::string_view::npos) return input.size() > most_zeros ? std::optional(false) : std::nullopt;
    constexpr std::string_view digits = "123456789abcdefABCDEF";
    return at > 0 && digits.find(input[at]) == std::string_view::npos;
}

}  // namespace

Task<Result<void>> RequestBody::await_first_chunk() {
    if (!chunked_ || expects_continue_ || received_ > 0 || around_chunks_ > 0 || fault_) co_return Result<void>();
    auto last = is_last_chunk(input_.view());
    while (!last) {
        const auto bytes = receive_at_once(room_for_chunks(1));
        input_.commit(bytes);
        if (bytes == 0) {
            auto more = co_await ready();
            if (!more) co_return more;
        }
        last = is_last_chunk(input_.view());
    }
    if (!*last) co_return Result<void>();
    std::array<std::byte, 1> nothing;
    const auto end = co_await read(nothing);
    if (!end) co_return std::unexpected(end.error());
    if (parser_.is_done()) chunked_ = false;  // as with Content-Length: 0
    co_return Result<void>();
}

Task<Result<std::size_t>> RequestBody::read(std::span<std::byte> into) {
    for (;;) {
        const auto bytes = read_at_once(into);
        if (bytes > 0 || done() || into.empty()) co_return bytes;
        const auto more = co_await ready();
        if (!more) co_return std::unexpected(more.error());
    }
}

std::size_t RequestBody::read_at_once(std::span<std::byte> into) {
    if (done() || into.empty() || fault_ || expects_continue_) return 0;
    return chunked_ ? chunks_at_once(into) : plain_at_once(into);
}

std::size_t RequestBody::receive_at_once(std::span<std::byte> into) {
    last_ = connection_.try_receive(into);
    arrived_ += last_.bytes;
    return last_.bytes;
}

std::size_t RequestBody::plain_at_once(std::span<std::byte> into) {
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), length_ - received_)));
    auto bytes = std::min(into.size(), input_.size());
    if (bytes > 0) {
        std::memcpy(into.data(), input_.data(), bytes);
        input_.consume(bytes);
    } else {
        bytes = receive_at_once(into);
    }
    received_ += bytes;
    return bytes;
}

/// Bytes of a chunk's head with its extensions, and of all trailer fields.
constexpr std::size_t longest_between_chunks = 8 * 1024;
/// Bytes that stand at least between any place in a chunked body and its end: "0", CR, LF, CR, LF. The parser counts on
/// them when it looks at a last chunk again.
constexpr std::size_t shortest_to_the_end = 5;
/// Bytes of sizes, extensions and trailers beside so many of content: chunks of one byte have five and are a client's
/// right, but nobody receives gigabytes for nothing (RFC 9112, 7.1.1).
constexpr std::uint64_t most_around_chunks(std::uint64_t content) {
    return 64 * 1024 + 16 * content;
}
/// Bytes of chunks that are received at once: for whoever wants many, fewer system calls.
constexpr std::size_t largest_piece = 8 * block;

/// Whether the line of a chunk's size may begin so.
bool begins_a_size(std::string_view input) {
    const auto digits = input.find_first_not_of("0123456789abcdefABCDEF");
    if (digits == input.npos) return true;
    return digits > 0 && std::string_view("; \t\r\n").contains(input[digits]);
}

/// `input`: from the line on that the parser did not take.
std::string chunk_mistake(const boost::system::error_code& error, std::string_view input) {
    namespace bh = boost::beast::http;
    if (error == bh::error::bad_chunk)
        return "a chunk's size is no hexadecimal number, or CR LF is missing after a chunk";
    if (error == bh::error::bad_chunk_extension) return "a chunk's size is followed by something that is no extension";
    if (input.starts_with("\r\n")) input.remove_prefix(2);
    const auto line = input.find("\r\n");
    if (line != input.npos && !input.substr(0, line).contains(':')) input.remove_prefix(line + 2);  // the last size
    auto wrong = describe_malformed_fields(input);
    return wrong.empty() ? error.message() : "in the trailer, " + wrong;
}

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
        if (piece >= shortest_to_the_end) {
            used = parser_.put(boost::asio::const_buffer(input_.data(), piece), error);
            input_.consume(used);
            around_chunks_ += used;
            if (error == bh::error::need_buffer || error == bh::error::need_more) error = {};
        }
        if (error)
            return break_off(FailureCode::bad_request,
                             "The chunked body is malformed: " + chunk_mistake(error, input_.view()) + ".");
        const auto produced = into.size() - sink.size;
        received_ += produced;
        around_chunks_ -= produced;
        if (around_chunks_ > most_around_chunks(received_))
            return break_off(FailureCode::bad_request, "There is far more around the chunks than in them.");
        if (produced > 0 || parser_.is_done()) return produced;
        if (used > 0 && input_.size() > 0) continue;
        // The parser does not get so few bytes; a size that begins wrong needs no more of them.
        if (piece > 0 && piece < shortest_to_the_end && around_chunks_ == 0 && !begins_a_size(input_.view()))
            return break_off(FailureCode::bad_request,
                             "The chunked body is malformed: a chunk's size is no hexadecimal number.");
        // These few bytes may be content, in which LF means nothing; before the first chunk they cannot be.
        if (piece < shortest_to_the_end && around_chunks_ > 0) return std::nullopt;
        if (used == 0 && has_bare_line_feed(input_.view().substr(0, piece)))
            return break_off(FailureCode::bad_request,
                             "The chunked body is malformed: a line ends in LF alone; lines end in CR LF.");
        if (used == 0 && piece == longest_between_chunks)
            return break_off(FailureCode::bad_request, "A chunk's extensions, or the trailer fields, are too long.");
        return std::nullopt;
    }
}

std::size_t RequestBody::chunks_at_once(std::span<std::byte> into) {
    for (;;) {
        const auto at_hand = chunks_at_hand(into);
        if (at_hand) return at_hand->value_or(0);
        const auto bytes = receive_at_once(room_for_chunks(into.size()));
        if (bytes == 0) return 0;
        input_.commit(bytes);
    }
}

void RequestBody::keep(const std::string& body) {
    constexpr std::size_t most = 64 * 1024;  // that a trace shows
    if (keeps_) kept_ = body.substr(0, most);
}

const std::string* RequestBody::whole_at_once(std::uint64_t cap) {
    if (whole_) return &*whole_;
    if (received_ > 0 || !buffered() || length_ > cap || expects_continue_) return nullptr;
    whole_.emplace(input_.data(), static_cast<std::size_t>(length_));
    input_.consume(static_cast<std::size_t>(length_));
    received_ = length_;
    keep(*whole_);
    return &*whole_;
}

namespace {

/// What parsing a large body takes besides it: a copy and a tree of nodes.
constexpr std::size_t parsing_factor = 3;

std::size_t with_parsing(std::size_t body) {
    return body > small_share ? parsing_factor * body : body;
}

}  // namespace

Result<void> RequestBody::hold_memory(std::size_t bytes) {
    const auto total = limits_.memory_bytes;
    if (client_ && bytes > small_share && !memory_.try_charge(*client_, bytes, client_limit_for(total)))
        return std::unexpected(client_memory_failure());
    if (!memory_.try_hold(bytes, limit_for(bytes, total))) return std::unexpected(memory_failure());
    return {};
}

/// Room for the next bytes, a part of what has come already.
Result<void> RequestBody::make_room(std::string& body) {
    constexpr std::size_t step = 16384;
    if (body.capacity() - body.size() >= step) return {};
    auto grown = body.size() + std::max(step, body.size() / 2);
    if (!chunked_) grown = static_cast<std::size_t>(std::min<std::uint64_t>(grown, length_));
    if (grown <= body.capacity()) return {};
    if (auto held = hold_memory(grown); !held) return held;
    body.reserve(grown);
    return {};
}

Task<Result<std::string>> RequestBody::read_all(std::uint64_t cap) {
    const auto too_large = [&](std::uint64_t most) {
        return fail(FailureCode::body_too_large,
                    "The body is larger than the " + std::to_string(most) + " bytes allowed here.");
    };
    if (whole_) co_return *whole_;
    // What could never be held is not put off with 503.
    cap = std::min<std::uint64_t>(cap, std::max(small_share, limits_.memory_bytes / 2 / parsing_factor));
    if (!chunked_ && length_ > cap) co_return too_large(cap);
    // One fast sender must not keep the others of its loop waiting. Reads count, because the sender decides how few
    // bytes a chunk has.
    constexpr std::size_t reads_in_turn = 64;
    std::string body;
    for (std::size_t reads = 1; !done(); ++reads) {
        if (body.empty()) {  // no memory before a byte has come
            const auto first = co_await ready();
            if (!first) co_return std::unexpected(first.error());
        }
        if (auto room = make_room(body); !room) co_return std::unexpected(std::move(room.error()));
        const auto old = body.size();
        // Room is zeroed before it is filled: no more of it than can come.
        body.resize(std::min<std::size_t>(body.capacity(), old + 16384));
        if (!chunked_) body.resize(std::min<std::uint64_t>(body.size(), old + length_ - received_));
        const auto bytes = co_await read(std::as_writable_bytes(std::span(body).subspan(old)));
        if (!bytes) co_return std::unexpected(bytes.error());
        body.resize(old + *bytes);
        if (body.size() > cap) co_return too_large(cap);
        if (reads % reads_in_turn == 0) co_await asio::post(connection_.executor(), use_task);
    }
    const auto parsed = with_parsing(body.size());
    if (auto held = hold_memory(parsed); !held) co_return std::unexpected(std::move(held.error()));
    keep(body);
    co_return body;
}

}  // namespace davit::http
