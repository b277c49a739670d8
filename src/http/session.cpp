#include "davit/http/session.hpp"

#include <array>
#include <boost/beast/http/error.hpp>

#include "davit/http/cors.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/forwarding.hpp"
#include "davit/http/login.hpp"
#include "davit/http/proxy_protocol.hpp"
#include "davit/http/request_head.hpp"
#include "davit/http/request_id.hpp"

namespace davit::http {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t drain_limit = 256 * 1024;  ///< of an unread body, before closing is cheaper
/// A connection that has been silent for so long gives its buffer back.
constexpr std::chrono::seconds rest_after{1};

/// Memory of requests that are over, for those to come: a connection that waits holds none, and a request that comes
/// need not ask for any. A thread is an event loop.
class SpareMemory {
public:
    SpareMemory() = default;
    SpareMemory(const SpareMemory&) = delete;
    SpareMemory& operator=(const SpareMemory&) = delete;
    ~SpareMemory() {
        for (auto* block : blocks_) ::operator delete(block);
    }
    void* take(std::size_t size) {
        if (blocks_.empty()) return ::operator new(size);
        auto* block = blocks_.back();
        blocks_.pop_back();
        return block;
    }
    void give(void* block) {
        if (blocks_.size() == most) return ::operator delete(block);
        blocks_.push_back(block);
    }

private:
    static constexpr std::size_t most = 16;
    std::vector<void*> blocks_;
};

/// One request while it is served.
struct Turn {
    static void* operator new(std::size_t size) { return spare().take(size); }
    static void operator delete(void* block) { spare().give(block); }
    static SpareMemory& spare() {
        thread_local SpareMemory memory;
        return memory;
    }

    explicit Turn(const Limits& limits) {
        parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        parser.body_limit(boost::none);
        parser.eager(false);
    }

    Clock::time_point started = Clock::now();
    Parser parser;
    std::size_t taken = 0;  ///< bytes of the head so far
    std::optional<Failure> malformed;
    std::optional<RequestBody> body;  ///< once the head is there
    std::optional<Exchange> exchange;
};

class Session {
public:
    Session(Shared& shared, LoopState& loop, const Service& service, const Tls* tls, Socket socket, std::string peer)
        : shared_(shared),
          loop_(loop),
          service_(service),
          settings_(loop.settings),
          tls_(tls),
          connection_(std::move(socket), std::move(peer), loop.connections),
          trusted_(service.observed && trusted_proxies().contains(connection_.peer())) {}

    Task<> serve() {
        if (expects_proxy_header()) {
            const bool told = co_await take_proxy_header();
            if (!told) co_return;
        }
        // GCC 12 miscompiles co_await inside a loop's condition, so every one stands alone.
        bool more = true;
        if (tls_) more = co_await begin_tls();
        while (more && !loop_.stopping) {
            if (input_.size() == 0) {
                error_code error;
                begin_waiting();
                std::size_t bytes = 0;
                const auto room = input_.prepare(1024);
                if (tls_) bytes = co_await connection_.receive(room, error);
                if (!tls_) bytes = co_await connection_.async_receive(room, error);
                input_.commit(bytes);
                if (bytes == 0) more = co_await rest(error);
                end_waiting();
                if (!more) break;
            }
            settings_ = loop_.settings;
            const auto held = std::make_unique<Turn>(limits());
            auto& turn = *held;
            const auto at_once = serve_at_once(turn);
            if (at_once == AtOnce::done) continue;
            if (at_once == AtOnce::last) break;
            more = co_await serve_in_steps(turn);
        }
        co_await close();
    }

private:
    enum class AtOnce : std::uint8_t { done, last, not_so };

    const Limits& limits() const { return settings_->options.limits; }
    const PeerList& trusted_proxies() const { return settings_->options.trusted_proxies; }

    /// Management has no public address: a base path belongs to DAV alone.
    const headers::PublicAddress& address_for(const Exchange& exchange) const {
        static const headers::PublicAddress anywhere;
        return service_.observed ? exchange.address() : anywhere;
    }

    /// Nothing is lost by ending a handshake, so the connection counts as idle. False: it came to nothing.
    Task<bool> begin_tls() {
        connection_.set_idle(true);
        connection_.set_deadline(limits().header_timeout);
        const auto greeting = co_await connection_.begin_tls(*tls_);
        end_waiting();
        if (greeting == Connection::Greeting::http) co_await refuse_plain();
        co_return greeting == Connection::Greeting::secure;
    }

    /// Before any request was read; nothing that has to be kept secret is said.
    Task<> refuse_plain() {
        error_code ignored;
        co_await connection_.send(
            "HTTP/1.1 400 Bad Request\r\nServer: davit\r\nContent-Type: text/plain\r\nContent-Length: 58\r\n"
            "Connection: close\r\n\r\n"
            "This port speaks TLS: the address begins with \"https://\".\n",
            ignored);
    }

    bool expects_proxy_header() const { return settings_->options.proxy_protocol && trusted_; }

    /// Whoever the header names takes the peer's place: what it says itself is believed if it is a trusted proxy too.
    /// False: there is no header, and nothing else is understood here.
    Task<bool> take_proxy_header() {
        auto client = co_await receive_proxy_header(connection_, limits().header_timeout);
        if (!client) {
            shared_.advise("A connection from the trusted proxy " + connection_.peer() +
                           " did not begin with a PROXY header and was closed: either let it send one, or say "
                           "server.proxy_protocol = false.");
            co_return false;
        }
        trusted_ = trusted_proxies().contains(*client);
        client_ = std::move(*client);
        co_return true;
    }

    /// Ids are taken from whom an operator has named; from everybody while nobody has been named.
    bool takes_ids() const { return trusted_ || trusted_proxies().empty(); }

    void begin_waiting() {
        connection_.set_idle(true);
        connection_.set_deadline(rest_after);
    }
    void end_waiting() {
        connection_.forget_timeout();
        connection_.set_idle(false);
        connection_.clear_deadline();
    }

    /// Nothing came for a while: a connection that stays idle holds no buffer. False when the peer left, stayed idle
    /// too long, or the server stops.
    Task<bool> rest(error_code error) {
        if (!connection_.timed_out()) co_return false;
        input_.release();
        connection_.forget_timeout();
        connection_.set_deadline(limits().idle_timeout - std::min(limits().idle_timeout, rest_after));
        error = {};
        co_await connection_.wait_readable(error);
        co_return !error;
    }

    /// Gives the parser what has arrived; true when it has the whole head or sees that it never will.
    bool take_head(Turn& turn) {
        if (input_.size() == 0) return false;
        error_code error;
        const auto used = turn.parser.put(asio::const_buffer(input_.data(), input_.size()), error);
        if (error && error != beast_http::error::need_more) {
            turn.malformed = head_failure(error, turn.parser, limits());
            return true;
        }
        input_.consume(used);
        turn.taken += used;
        // The parser counts what it sees at a time; a head may come in many small pieces.
        if (turn.taken > limits().header_bytes)
            turn.malformed = head_failure(beast_http::error::header_limit, turn.parser, limits());
        return turn.malformed || turn.parser.is_header_done();
    }

    /// False: the peer is gone.
    Task<bool> read_head(Turn& turn) {
        connection_.set_deadline(limits().header_timeout);
        for (bool complete = take_head(turn); !complete; complete = take_head(turn)) {
            error_code error;
            const auto room = input_.prepare(1024);
            const auto bytes = co_await connection_.receive(room, error);
            if (connection_.timed_out() && turn.taken + input_.size() > 0) {
                turn.malformed = Failure{FailureCode::request_timeout, "The request head did not arrive in time.", {}};
                break;
            }
            if (error || bytes == 0) co_return false;
            input_.commit(bytes);
        }
        connection_.clear_deadline();
        co_return true;
    }

    void begin_exchange(Turn& turn) {
        turn.body.emplace(connection_, input_, turn.parser, limits().body_timeout);
        turn.exchange.emplace(shared_, *settings_, turn.parser, *turn.body, choose_request_id(turn.parser),
                              connection_.peer());
        turn.exchange->secure = connection_.secure();
        auto& exchange = *turn.exchange;
        if (!client_.empty()) exchange.client = client_;
        exchange.trusted_peer = trusted_;
        believe_proxy(exchange);
    }

    WriteContext write_context(const Turn& turn, const Reply& reply) const {
        const auto& head = turn.parser.get();
        return {head.method() == beast_http::verb::head, head.version() >= 11,
                head.keep_alive() && !reply.close && !loop_.stopping, turn.exchange->request_id,
                limits().write_timeout};
    }

    /// The common case: the whole request is here, its answer needs no waiting, and the socket takes all of it.
    AtOnce serve_at_once(Turn& turn) {
        if (!service_.at_once || !take_head(turn) || turn.malformed) return AtOnce::not_so;
        begin_exchange(turn);
        auto reply = answer_at_once(*turn.exchange);
        if (reply) finish(*turn.exchange, *reply);
        if (!reply || !turn.body->done()) return keep_for_later(std::move(reply));
        const auto context = write_context(turn, *reply);
        thread_local std::string head;
        head.clear();
        const auto body = compose(head, *reply, context);
        if (!body) return keep_for_later(std::move(reply));
        std::array<iovec, 2> pieces{iovec{head.data(), head.size()},
                                    iovec{const_cast<char*>(body->data()), body->size()}};
        error_code error;
        const auto rest = connection_.send_at_once(pieces, error);
        for (const auto& piece : rest) unsent_.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
        const bool complete = !error && unsent_.empty();
        log(turn, *reply, {body->size(), complete, context.keep_alive});
        if (!error && !unsent_.empty()) return keep_for_later({}, context.keep_alive);
        return complete && context.keep_alive ? AtOnce::done : AtOnce::last;
    }

    AtOnce keep_for_later(std::optional<Reply> reply, bool keep_alive = true) {
        ready_ = std::move(reply);
        keep_alive_ = keep_alive;
        return AtOnce::not_so;
    }

    std::optional<Reply> answer_at_once(Exchange& exchange) {
        try {
            if (check_head(exchange, address_for(exchange))) return std::nullopt;
            if (auto preflight = preflight_of(exchange)) return preflight;
            std::optional<Reply> refused;
            const auto asked = login_at_once(exchange, refused);
            if (asked != Login::passed) return refused;
            return service_.at_once(exchange);
        } catch (const std::exception& bug) {
            return refuse_bug(exchange, bug);
        }
    }

    /// True when another request may follow on this connection.
    Task<bool> serve_in_steps(Turn& turn) {
        if (!unsent_.empty()) {
            error_code error;
            co_await connection_.send(unsent_, error);
            unsent_ = {};
            co_return !error && keep_alive_;
        }
        if (!turn.exchange) {
            const bool there = co_await read_head(turn);
            if (!there) co_return false;
            begin_exchange(turn);
        }
        auto reply = std::exchange(ready_, std::nullopt);
        if (turn.malformed) {
            reply = refuse(*turn.exchange, engine::Refusal(*turn.malformed));
            reply->close = true;
            finish(*turn.exchange, *reply);
        } else if (!reply) {
            reply = co_await answer(*turn.exchange);
            finish(*turn.exchange, *reply);
        }
        const bool body_finished = co_await finish_body(*turn.exchange);
        if (!body_finished) reply->close = true;
        const auto context = write_context(turn, *reply);
        const auto written = co_await write_reply(shared_, connection_, *reply, context);
        log(turn, *reply, written);
        co_return written.keep_alive;
    }

    std::string choose_request_id(const Parser& parser) const {
        const auto given = parser.get()["X-Request-Id"];
        if (takes_ids() && headers::is_request_id({given.data(), given.size()})) return std::string(given);
        return make_request_id();
    }

    static Reply refuse_bug(Exchange& exchange, const std::exception& bug) {
        return refuse(exchange, FailureCode::internal,
                      "The server failed on this request; its log explains it under the request id. (" +
                          std::string(bug.what()) + ")");
    }

    // Management is for programs, not for pages.
    std::optional<Reply> preflight_of(const Exchange& exchange) const {
        return service_.observed ? cors_preflight(exchange) : std::nullopt;
    }
    /// What every answer carries, an error's too.
    void finish(const Exchange& exchange, Reply& reply) const {
        if (service_.observed) add_cors(exchange, reply);
    }

    Task<Reply> answer(Exchange& exchange) {
        try {
            if (auto refused = check_head(exchange, address_for(exchange))) {
                auto reply = refuse(exchange, refused->refusal);
                reply.close = refused->close;
                co_return reply;
            }
            if (auto preflight = preflight_of(exchange)) co_return std::move(*preflight);
            if (service_.observed) {
                auto refused = co_await login(exchange);
                if (refused) co_return std::move(*refused);
            }
            co_return co_await service_.front(exchange);
        } catch (const std::exception& bug) {
            co_return refuse_bug(exchange, bug);
        }
    }

    /// Takes what is left of a body nobody wanted, if that is little; otherwise the connection has to end.
    Task<bool> finish_body(Exchange& exchange) {
        auto& body = exchange.body;
        if (body.broken()) co_return false;
        if (body.done()) co_return true;
        if (body.continue_pending()) co_return false;
        if (!body.chunked() && *body.length() - body.received() > drain_limit) co_return false;
        if (!body.buffered()) co_return false;  // never wait for a body before the answer is out
        std::array<std::byte, 8192> sink;
        while (!body.done()) {
            const auto bytes = co_await body.read(sink);
            if (!bytes) co_return false;
        }
        co_return true;
    }

    void log(const Turn& turn, const Reply& reply, const Written& written) {
        if (!service_.observed || shared_.observers.empty()) return;
        const auto& exchange = *turn.exchange;
        if (exchange.failure && exchange.has(Field::destination)) advise_on_prefix(exchange);
        AccessRecord record;
        record.request_id = exchange.request_id;
        record.method = exchange.method();
        record.target = exchange.target();
        if (exchange.identity) record.principal = exchange.identity->name;
        record.client = exchange.client;
        if (exchange.client != exchange.peer) record.peer = exchange.peer;
        record.user_agent = exchange.field(Field::user_agent);
        if (takes_ids()) set_trace(record, exchange.custom("traceparent"));
        record.status = number(reply.status);
        record.bytes_in = exchange.body.received();
        record.bytes_out = written.bytes;
        record.duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - turn.started);
        record.complete = written.complete;
        record.failure = exchange.failure;
        for (auto* observer : shared_.observers) observer->finished(record);
    }

    /// W3C Trace Context: version-traceid-parentid-flags, all hex.
    static void set_trace(AccessRecord& record, std::string_view traceparent) {
        if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-')
            return;
        if (traceparent.substr(0, 55).find_first_not_of("0123456789abcdef-") != std::string_view::npos) return;
        record.trace_id = traceparent.substr(3, 32);
        record.span_id = traceparent.substr(36, 16);
    }

    /// Lets the peer read our last answer: closing with unread input would reset the connection and lose it.
    Task<> close() {
        connection_.finish_sending();
        connection_.set_deadline(std::chrono::seconds(2));
        std::array<std::byte, 4096> sink;
        error_code error;
        for (std::size_t total = 0; total < (64U << 20);) {
            const auto bytes = co_await connection_.receive(sink, error);
            if (error || bytes == 0 || loop_.stopping) break;
            total += bytes;
        }
    }

    Shared& shared_;
    LoopState& loop_;
    const Service& service_;
    const Settings* settings_;  ///< of the request under way, else of the last
    const Tls* tls_;
    Connection connection_;
    bool trusted_;        ///< the peer is one of server.trusted_proxies
    std::string client_;  ///< whom a PROXY header has named; "" when none has
    InputBuffer input_;
    std::string unsent_;          ///< of an answer the socket did not take whole at once
    std::optional<Reply> ready_;  ///< an answer that has to be sent in steps
    bool keep_alive_ = true;      ///< once `unsent_` has gone
};

}  // namespace

Task<> serve_connection(Shared& shared, LoopState& loop, const Service& service, const Tls* tls, Socket socket,
                        std::string peer) {
    Session session(shared, loop, service, tls, std::move(socket), std::move(peer));
    co_await session.serve();
}

}  // namespace davit::http
