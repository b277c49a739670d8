#include "davit/http/session.hpp"

#include <array>
#include <boost/beast/http/error.hpp>

#include "answer.hpp"
#include "davit/http/forwarding.hpp"
#include "davit/http/request_head.hpp"
#include "davit/http/request_id.hpp"
#include "greeting.hpp"
#include "listener_room.hpp"
#include "request_record.hpp"
#include "trace_lines.hpp"
#include "turn.hpp"

namespace davit::http {
namespace {

constexpr std::uint64_t drain_limit = 256 * 1024;  ///< of an unread body, before closing is cheaper
/// What a request holds that waits for something, besides body and answer.
constexpr std::size_t request_memory = 16 * 1024;
/// A connection that has been silent for so long gives its buffer back.
constexpr std::chrono::seconds rest_after{1};

/// Answers for when none can be composed.
constexpr auto no_memory =
    "HTTP/1.1 503 Service Unavailable\r\nServer: davit\r\nRetry-After: 5\r\nX-Dav-Error-Code: out-of-memory\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";
constexpr auto internal_error =
    "HTTP/1.1 500 Internal Server Error\r\nServer: davit\r\nX-Dav-Error-Code: internal\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

class Session {
public:
    Session(Shared& shared, LoopState& loop, const Service& service, const Tls* tls, Socket socket, std::string peer)
        : shared_(shared),
          loop_(loop),
          service_(service),
          settings_(loop.settings),
          tls_(tls),
          connection_(std::move(socket), std::move(peer), loop.connections[static_cast<std::size_t>(service.kind)]),
          trusted_(service.observed && trusted_proxies().contains(connection_.peer())) {}

    Task<> serve() {
        const char* refusal = nullptr;
        try {
            co_await serve_requests();
        } catch (const std::bad_alloc&) {
            shared_.advise("A request was answered 503 out-of-memory: the system gave no memory for its head.");
            refusal = no_memory;
        } catch (const std::exception& bug) {
            shared_.advise("A request ended in an unexpected error: " + std::string(bug.what()));
            refusal = internal_error;
        }
        error_code ignored;
        if (refusal && !answering_) co_await connection_.send(refusal, ignored);
        co_await close();
    }

private:
    Task<> serve_requests() {
        // GCC 12 miscompiles co_await inside a loop's condition, so every one stands alone.
        bool more = co_await begin();
        while (more && !loop_.stopping) {
            answering_ = false;
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
                if (!more || loop_.stopping) break;  // an answer could no longer be sent
            }
            if (settings_ != loop_.settings) {
                settings_ = loop_.settings;
                look_at_trust();
            }
            std::unique_ptr<Turn> held(new Turn);  // make_unique would clear all its memory first
            auto& turn = *held;
            const auto at_once = serve_at_once(turn);
            // One request a turn: others go first. By then the client has often asked again, and is not waited for.
            if (at_once == AtOnce::done) {
                held.reset();
                co_await asio::post(connection_.executor(), use_task);
                continue;
            }
            if (at_once == AtOnce::last) break;
            more = co_await serve_in_steps(turn);
            held.reset();
            // The answer may have needed no wait either, and the next request may be here.
            const bool at_hand = input_.size() > 0 || tls_ != nullptr;
            if (more && at_hand) co_await asio::post(connection_.executor(), use_task);
        }
    }

    enum class AtOnce : std::uint8_t { done, last, not_so };

    const Limits& limits() const { return settings_->options.limits; }
    const PeerList& trusted_proxies() const { return settings_->options.trusted_proxies; }

    /// Whoever a PROXY header names takes the peer's place: what it says itself is believed if it is a trusted proxy
    /// too. The proxy's own health check is the peer's; so counts whoever is relayed without a name, unbelieved.
    Task<bool> begin() {
        if (settings_->options.proxy_protocol && trusted_) {
            auto client = co_await take_proxy_header(shared_, connection_, limits().header_timeout);
            if (!client) co_return false;
            nameless_ = client->relayed && client->address.empty();
            client_ = std::move(client->address);
            look_at_trust();
            counted_ = shared_.clients.enter(client_, limits().connections_per_client);
            if (!counted_) co_await turn_away();
            if (!counted_) co_return false;
        }
        if (!tls_) co_return true;
        co_return co_await begin_tls(*tls_, connection_, limits().header_timeout);
    }

    /// The client that a PROXY header names has too many connections.
    Task<> turn_away() {
        error_code ignored;
        if (!tls_) co_await connection_.send(client_limit_answer(), ignored);
        shared_.advise("The client " + client_ + " has as many connections as limits.connections_per_client allows.");
    }

    /// Again whenever the settings are others: who was trusted once need not be for as long as the connection lasts.
    void look_at_trust() {
        trusted_ = service_.observed && !nameless_ &&
                   trusted_proxies().contains(client_.empty() ? connection_.peer() : client_);
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
        input_.shrink();
        connection_.forget_timeout();
        connection_.set_deadline(limits().idle_timeout - std::min(limits().idle_timeout, rest_after));
        error = {};
        co_await connection_.wait_readable(error);
        co_return !error;
    }

    /// RFC 9112, 2.2: old clients send an empty line before a request, after a body. Returns false when there are more
    /// of them than a client sends by mistake: a client could keep the loop busy with them.
    bool skip_empty_lines(Turn& turn) {
        constexpr std::size_t max_empty_lines = 16;
        for (; turn.taken == 0 && input_.view().starts_with("\r\n"); input_.consume(2))
            if (++turn.empty_lines > max_empty_lines) return false;
        return true;
    }

    /// Gives the parser what has arrived; true when it has the whole head or sees that it never will.
    bool take_head(Turn& turn) {
        if (!skip_empty_lines(turn)) {
            turn.malformed = too_many_empty_lines();
            return true;
        }
        if (input_.size() == 0 || (turn.taken == 0 && input_.view() == "\r")) return false;
        if (turn.taken == 0 && take_known_head(turn)) return true;
        turn.malformed = turn.lines.check(input_.view(), turn.taken);
        if (turn.malformed) return true;
        error_code error;
        std::size_t used = 0;
        try {
            used = parse_head(turn, error);
        } catch (const std::length_error&) {
            turn.malformed = field_too_large();
            return true;
        }
        auto& parser = turn.begin_parsing(limits());
        if (error && error != beast_http::error::need_more) {
            turn.malformed = head_failure(error, parser, {input_.view(), turn.taken == 0}, limits());
            return true;
        }
        input_.consume(used);
        turn.taken += used;
        // The parser counts what it sees at a time; a head may come in many small pieces.
        if (turn.taken > limits().header_bytes)
            turn.malformed = head_failure(beast_http::error::header_limit, parser, {}, limits());
        return turn.malformed || parser.is_header_done();
    }

    /// The bytes of the input that the parser took.
    std::size_t parse_head(Turn& turn, error_code& error) {
        const auto put = [&](std::string_view text) {
            return turn.begin_parsing(limits()).put(asio::const_buffer(text.data(), text.size()), error);
        };
        const auto used = put(input_.view());
        if (error != beast_http::error::bad_version) return used;
        const auto later = later_version(input_.view());
        if (later.is == LaterVersion::Is::no) return used;
        turn.own.reset();
        error = beast_http::error::need_more;
        if (later.is == LaterVersion::Is::incomplete) return 0;
        std::string as_known(input_.view());
        as_known[later.digit] = '1';
        return put(as_known);
    }

    bool take_known_head(Turn& turn) {
        turn.known = loop_.heads.find(input_.view(), limits());
        if (turn.known) input_.consume(turn.known->bytes.size());
        return turn.known != nullptr;
    }

    bool hold(Turn& turn, std::size_t bytes) {
        if (!turn.memory) turn.memory.emplace(shared_.memory);
        return turn.memory->try_hold(request_memory + bytes, limits().memory_bytes);
    }

    /// Nearly every head fits into one block, which does not count.
    bool hold_head(Turn& turn) {
        const auto bytes = turn.taken + input_.capacity();
        return bytes <= 2 * BufferPool::block || hold(turn, bytes);
    }

    /// False: the peer is gone.
    Task<bool> read_head(Turn& turn) {
        connection_.set_deadline(limits().header_timeout);
        for (bool complete = take_head(turn); !complete; complete = take_head(turn)) {
            error_code error;
            const auto room = input_.prepare(1024);
            connection_.set_idle(true);
            const auto bytes = co_await connection_.receive(room, error);
            connection_.set_idle(false);
            if (loop_.stopping) co_return false;
            if (connection_.timed_out() && turn.taken + input_.size() > 0) {
                turn.malformed = Failure{FailureCode::request_timeout, "The request head did not arrive in time.", {}};
                break;
            }
            if (error || bytes == 0) co_return false;
            input_.commit(bytes);
            if (!hold_head(turn)) {
                turn.malformed = memory_failure();
                break;
            }
        }
        connection_.clear_deadline();
        co_return true;
    }

    void begin_exchange(Turn& turn) {
        // Of a malformed head the parser may have seen nothing.
        auto& parser = turn.known ? turn.known->parser : turn.begin_parsing(limits());
        turn.body.emplace(connection_, input_, parser, limits(), shared_.memory);
        auto& exchange = turn.exchange.emplace(shared_, *settings_, parser, *turn.body, connection_.peer());
        exchange.request_id = choose_request_id(exchange);
        exchange.known_head = turn.known.get();
        exchange.secure = connection_.secure();
        if (!client_.empty()) exchange.client = client_;
        exchange.trusted_peer = trusted_;
        exchange.nameless = nameless_;
        believe_proxy(exchange);
        if (service_.observed && keeps_body(exchange)) turn.body->keep_copy();
    }

    WriteContext write_context(const Turn& turn, const Reply& reply) const {
        const auto& head = turn.parser().get();
        return {head.method() == beast_http::verb::head,
                head.version() >= 11,
                head.keep_alive() && !reply.close && !loop_.stopping,
                turn.exchange->request_id,
                Pace(limits().write_timeout, limits().min_rate),
                limits().memory_bytes};
    }

    /// The common case: the whole request is here, its answer needs no waiting, and the socket takes all of it.
    AtOnce serve_at_once(Turn& turn) {
        if (!service_.at_once || !take_head(turn) || turn.malformed) return AtOnce::not_so;
        begin_exchange(turn);
        auto reply = answer_at_once(service_, *turn.exchange);
        if (!reply || !turn.body->done()) return keep_for_later(std::move(reply));
        const auto context = write_context(turn, *reply);
        thread_local std::string head;
        head.clear();
        const auto body = compose(head, *reply, context);
        if (!body) return keep_for_later(std::move(reply));
        std::array<iovec, 2> pieces{iovec{head.data(), head.size()},
                                    iovec{const_cast<char*>(body->data()), body->size()}};
        answering_ = true;
        error_code error;
        connection_.set_sending_pace(context.pace);
        const auto rest = connection_.send_at_once(std::span(pieces).first(body->empty() ? 1 : 2), error);
        for (const auto& piece : rest) unsent_.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
        if (!unsent_.empty() && !hold(turn, unsent_.size())) error = asio::error::no_memory;
        const bool complete = !error && unsent_.empty();
        body_bytes_ = body->size();
        if (!error && !unsent_.empty()) return keep_for_later(std::move(reply), context.keep_alive);
        log(turn, *reply, {body_bytes_, complete, context.keep_alive});
        return complete && context.keep_alive ? AtOnce::done : AtOnce::last;
    }

    AtOnce keep_for_later(std::optional<Reply> reply, bool keep_alive = true) {
        ready_ = std::move(reply);
        keep_alive_ = keep_alive;
        return AtOnce::not_so;
    }

    /// True when another request may follow on this connection.
    Task<bool> serve_in_steps(Turn& turn) {
        if (!unsent_.empty()) {
            error_code error;
            co_await connection_.send(unsent_, error);
            unsent_ = {};
            log(turn, *std::exchange(ready_, std::nullopt), {body_bytes_, !error, keep_alive_});
            co_return !error && keep_alive_;
        }
        if (!turn.exchange) {
            const bool there = co_await read_head(turn);
            if (!there) co_return false;
            begin_exchange(turn);
        }
        auto reply = std::exchange(ready_, std::nullopt);
        if (turn.malformed) {
            reply = answer_malformed(service_, *turn.exchange, *turn.malformed);
        } else if (service_.observed && !hold(turn, 0)) {
            reply = answer_refused(service_, *turn.exchange, memory_failure());
        } else if (!enter_client(turn)) {
            reply = answer_refused(service_, *turn.exchange, too_many_requests(limits()));
        } else if (!reply) {
            reply = co_await answer(service_, *turn.exchange);
        }
        const bool body_finished = co_await finish_body(*turn.exchange);
        if (!body_finished) reply->close = true;
        turn.body->release_memory();
        if (!hold_answer(turn, *reply)) reply = answer_refused(service_, *turn.exchange, memory_failure());
        const auto context = write_context(turn, *reply);
        answering_ = true;
        auto written = co_await write_reply(shared_, connection_, *reply, context);
        if (written.out_of_memory) {
            reply = answer_refused(service_, *turn.exchange, memory_failure());
            const auto instead = write_context(turn, *reply);
            written = co_await write_reply(shared_, connection_, *reply, instead);
        }
        log(turn, *reply, written);
        co_return written.keep_alive;
    }

    /// Behind a trusted proxy nobody's connections can be counted, so requests are that take more than a moment.
    bool enter_client(Turn& turn) {
        const auto& exchange = *turn.exchange;
        charge_client(turn);
        const auto limit = limits().connections_per_client;
        if (!exchange.trusted_peer || !(exchange.client_named || exchange.client_disputed)) return true;
        // A client that adds a field of its own to the proxy's would not be counted otherwise.
        turn.running = exchange.client_disputed ? shared_.clients.enter_disputed(limit)
                                                : shared_.clients.enter(exchange.client, limit);
        return turn.running.has_value();
    }

    /// A body that is large, or may be, is charged to the client. A trusted proxy that names none is nobody's.
    static void charge_client(Turn& turn) {
        const auto& exchange = *turn.exchange;
        if (!turn.body->is_large()) return;
        if (exchange.client_disputed) return turn.body->belongs_to(ClientTable::disputed_number);
        if (exchange.trusted_peer && !exchange.client_named) return;
        if (const auto client = ClientTable::number(exchange.client)) turn.body->belongs_to(*client);
    }

    static Failure too_many_requests(const Limits& limits) {
        Failure failure{FailureCode::client_limit,
                        "This client has " + std::to_string(limits.connections_per_client) +
                            " requests under way already (limits.connections_per_client).",
                        {}};
        failure.retry_after = std::chrono::seconds(5);
        return failure;
    }

    /// An answer stays in memory until the client has taken it. What is read can be refused, and is asked for again;
    /// what tells of a change cannot.
    bool hold_answer(Turn& turn, const Reply& reply) {
        constexpr std::size_t window = 128 * 1024;  // of a listing, with what it is made of
        constexpr std::size_t gzip = 256 * 1024;
        if (const auto* text = std::get_if<std::string>(&reply.body)) {
            if (text->size() <= BufferPool::block) return true;
            if (!turn.memory) turn.memory.emplace(shared_.memory);
            turn.memory->hold(request_memory + text->size());
            return true;
        }
        if (std::holds_alternative<Producer>(reply.body)) return hold(turn, window + (reply.gzip ? gzip : 0));
        const auto* file = std::get_if<FileBody>(&reply.body);
        if (!file || file->content->in_memory()) return true;
        return hold(turn, static_cast<std::size_t>(std::min<std::uint64_t>(file->content->info().size, 64 * 1024)));
    }

    std::string choose_request_id(const Exchange& exchange) const {
        const auto given = exchange.custom("X-Request-Id");
        if (takes_ids() && headers::is_request_id(given)) return std::string(given);
        return make_request_id();
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

    void log(const Turn& turn, const Reply& reply, const Written& written) const {
        if (service_.observed) report(turn, reply, written, takes_ids());
    }

    /// Lets the peer read our last answer: closing with unread input would reset the connection and lose it.
    Task<> close() {
        connection_.finish_sending();
        connection_.set_deadline(std::chrono::seconds(2));
        std::array<std::byte, 4096> sink;
        constexpr std::size_t in_turn = 128 * 1024;  // a fast sender must not keep the others of its loop waiting
        error_code error;
        std::size_t others_served_at = 0;
        for (std::size_t total = 0; total < (64U << 20);) {
            const auto bytes = co_await connection_.receive(sink, error);
            if (error || bytes == 0 || loop_.stopping) break;
            total += bytes;
            if (total - others_served_at < in_turn) continue;
            others_served_at = total;
            co_await asio::post(connection_.executor(), use_task);
        }
    }

    Shared& shared_;
    LoopState& loop_;
    const Service& service_;
    SettingsPtr settings_;  ///< of the request under way, else of the last
    const Tls* tls_;
    Connection connection_;
    bool trusted_;        ///< the peer, or whom a PROXY header has named, is one of server.trusted_proxies
    std::string client_;  ///< whom a PROXY header has named; "" when there was none, or it named nobody
    std::optional<ClientTable::Entry> counted_;  ///< as a connection of `client_`
    bool nameless_ = false;                      ///< somebody unknown speaks through the proxy
    InputBuffer input_;
    std::string unsent_;            ///< of an answer the socket did not take whole at once
    std::optional<Reply> ready_;    ///< an answer that has to be sent in steps
    std::uint64_t body_bytes_ = 0;  ///< of the answer that `unsent_` is the rest of
    bool answering_ = false;        ///< something of the answer may have been sent
    bool keep_alive_ = true;        ///< once `unsent_` has gone
};

}  // namespace

Task<> serve_connection(Shared& shared, LoopState& loop, const Service& service, const Tls* tls, Socket socket,
                        std::string peer) {
    Session session(shared, loop, service, tls, std::move(socket), std::move(peer));
    co_await session.serve();
}

}  // namespace davit::http
