#pragma once
// The body of a request while it arrives.
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "davit/core/failure.hpp"
#include "davit/http/buffer_pool.hpp"
#include "davit/http/connection.hpp"
#include "davit/http/memory_budget.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

/// Bytes received and not yet consumed. Freed while a connection is idle.
class InputBuffer {
public:
    std::span<std::byte> prepare(std::size_t room);  ///< at least one byte of room
    void commit(std::size_t bytes) { end_ += bytes; }
    void consume(std::size_t bytes);
    const char* data() const { return bytes_.get() + begin_; }
    std::size_t size() const { return end_ - begin_; }
    std::string_view view() const { return {data(), size()}; }
    /// Before a wait: frees the memory when empty, and otherwise the part beyond a block when few bytes are left.
    void shrink();
    std::size_t capacity() const { return capacity_; }

private:
    BufferPool::Buffer bytes_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

class RequestBody {
public:
    /// The bytes that an event loop may parse; it serves no other connection meanwhile.
    static constexpr std::size_t small = 8 * 1024;

    /// `limits` and `memory` must outlive this object.
    RequestBody(Connection& connection, InputBuffer& input, Parser& parser, const Limits& limits, MemoryBudget& memory);

    bool present() const { return chunked_ || length_ > 0; }
    bool chunked() const { return chunked_; }
    std::optional<std::uint64_t> length() const;  ///< Content-Length; nothing when chunked
    std::uint64_t received() const { return received_; }
    bool done() const { return chunked_ ? parser_.is_done() : received_ == length_; }
    bool broken() const { return fault_.has_value(); }  ///< the stream ended or is malformed: answer and close
    bool continue_pending() const { return expects_continue_; }
    /// Whether much of the body is still to come. Then the server checks first what needs no body.
    bool is_large() const { return expects_continue_ || chunked_ || length_ > small; }
    /// Whether all remaining bytes have arrived.
    bool buffered() const { return !chunked_ && length_ - received_ <= input_.size(); }

    /// Waits until read_at_once() has bytes or a failure, and holds no buffer meanwhile. Sends 100 (Continue) first
    /// when the client waits for it. incomplete_body, request_timeout, bad_request (broken chunks).
    Task<Result<void>> ready();
    /// Waits for the size of a chunked body's first chunk. If it is the last chunk, reads it and its trailer: present()
    /// is false then, because an empty body is no body. Returns at once if the client waits for 100 (Continue). Call it
    /// before any other reading. Fails like ready().
    Task<Result<void>> await_first_chunk();
    /// The next bytes that have arrived; 0 when there are none, at the end, or when ready() has a failure to report.
    /// May be called from another thread while the connection's own thread waits for that thread.
    std::size_t read_at_once(std::span<std::byte> into);
    /// The next bytes of the body, 0 at its end; fails like ready().
    Task<Result<std::size_t>> read(std::span<std::byte> into);
    /// The whole body. body_too_large beyond `cap` bytes (known from Content-Length before anything is read);
    /// out_of_memory when the body and its parsed form exceed the memory budget.
    Task<Result<std::string>> read_all(std::uint64_t cap);
    /// The whole body when it has arrived already; null otherwise. read_all() returns it again.
    const std::string* whole_at_once(std::uint64_t cap);
    /// For a rehearsal: treats the body as received and consumed, without its content.
    void assume_received() { received_ = length_; }
    /// Frees the memory of read_all(); its result must not be used any more.
    void release_memory() {
        memory_.hold(0);
        memory_.give_back();
    }
    /// The client whose memory a large body counts as (ClientTable::number).
    void belongs_to(std::uint64_t client) { client_ = client; }
    /// Keeps a copy of what read_all() and whole_at_once() return from now on, up to a bound.
    void keep_copy() { keeps_ = true; }
    /// The copy; "" when there is none.
    const std::string& kept() const { return kept_; }

private:
    void keep(const std::string& body);
    Task<Result<void>> wait_for_bytes();
    Result<void> check_pace(std::chrono::steady_clock::duration waited, std::size_t unread);
    std::size_t receive_at_once(std::span<std::byte> into);
    std::optional<Result<std::size_t>> chunks_at_hand(std::span<std::byte> into);
    std::size_t plain_at_once(std::span<std::byte> into);
    std::size_t chunks_at_once(std::span<std::byte> into);
    std::span<std::byte> room_for_chunks(std::size_t wanted);
    Result<void> make_room(std::string& body);
    std::unexpected<Failure> break_off(FailureCode code, std::string sentence);
    std::unexpected<Failure> ended();
    Connection& connection_;
    InputBuffer& input_;
    Parser& parser_;
    const Limits& limits_;
    Pace pace_;
    Result<void> hold_memory(std::size_t bytes);
    MemoryBudget::Share memory_;           ///< of read_all()
    std::optional<std::uint64_t> client_;  ///< none: no client is charged
    std::uint64_t length_ = 0, received_ = 0;
    std::uint64_t arrived_ = 0;        ///< bytes taken off the connection
    Step last_;                        ///< of the connection
    std::uint64_t around_chunks_ = 0;  ///< bytes of a chunked body that are not content
    bool chunked_ = false, expects_continue_ = false;
    std::optional<Failure> fault_;
    std::optional<std::string> whole_;
    bool keeps_ = false;
    std::string kept_;
};

}  // namespace davit::http
