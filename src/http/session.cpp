#include "davit/http/session.hpp"

#include <array>
#include <boost/beast/http/error.hpp>

#include "davit/http/error_reply.hpp"
#include "davit/http/idempotency.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/request_id.hpp"

namespace davit::http {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t drain_limit = 256 * 1024;  ///< of an unread body, before closing is cheaper

/// Why a head could not be taken; the connection ends after the answer.
Failure head_failure(error_code error, const Parser& parser, const Limits& limits) {
    namespace bh = beast_http;
    if (error == bh::error::header_limit) {
        if (parser.get().method_string().empty())
            return {FailureCode::target_too_long, "The request target is too long.", {}};
        return {FailureCode::headers_too_large,
                "The request's header fields exceed " + std::to_string(limits.header_bytes) + " bytes.",
                {}};
    }
    if (error == bh::error::bad_version)
        return {FailureCode::http_version, "Only HTTP/1.0 and HTTP/1.1 are spoken here.", {}};
    if (error == bh::error::bad_transfer_encoding)
        return {FailureCode::not_implemented,
                "The only transfer coding known here is chunked, without Content-Length.",
                {}};
    return {FailureCode::bad_request, "The request head is malformed: " + error.message() + ".", {}};
}

/// RFC 9112, 6.1: a body framed in a way one side does not know is how requests are smuggled past a proxy.
Result<void> check_framing(const Exchange& exchange) {
    if (!exchange.has(Field::transfer_encoding)) return {};
    const auto coding = exchange.joined(Field::transfer_encoding);
    if (exchange.head.version() < 11) return fail(FailureCode::bad_request, "HTTP/1.0 knows no Transfer-Encoding.");
    if (!boost::beast::iequals(coding, "chunked"))
        return fail(FailureCode::not_implemented, "The only transfer coding known here is chunked.");
    return {};
}

class Session {
public:
    Session(Shared& shared, LoopState& loop, const Service& service, Socket socket, std::string peer)
        : shared_(shared),
          loop_(loop),
          service_(service),
          connection_(std::move(socket), std::move(peer), loop.connections) {}

    Task<> serve() {
        // GCC 12 miscompiles co_await inside a loop's condition, so every one stands alone.
        for (bool more = true; more;) {
            more = co_await wait_for_request();
            if (!more) break;
            more = co_await serve_one();
            if (loop_.stopping) break;
        }
        co_await close();
    }

private:
    const Limits& limits() const { return shared_.options.limits; }

    /// False when the peer left, stayed idle too long, or the server stops. An idle connection holds no buffer.
    Task<bool> wait_for_request() {
        if (input_.size() > 0) co_return true;
        if (loop_.stopping) co_return false;
        input_.release();
        connection_.set_idle(true);
        connection_.set_deadline(limits().idle_timeout);
        error_code error;
        co_await connection_.wait_readable(error);
        connection_.set_idle(false);
        connection_.clear_deadline();
        co_return !error;
    }

    /// The head of the next request is in the parser; false: `failure` says why not, or the peer is gone.
    Task<bool> read_head(Parser& parser, std::optional<Failure>& failure) {
        connection_.set_deadline(limits().header_timeout);
        std::size_t taken = 0;
        for (;;) {
            if (input_.size() > 0) {
                error_code error;
                const auto used = parser.put(asio::const_buffer(input_.data(), input_.size()), error);
                if (error && error != beast_http::error::need_more) {
                    failure = head_failure(error, parser, limits());
                    break;
                }
                input_.consume(used);
                taken += used;
                // The parser counts what it sees at a time; a head may come in many small pieces.
                if (taken > limits().header_bytes) {
                    failure = head_failure(beast_http::error::header_limit, parser, limits());
                    break;
                }
                if (parser.is_header_done()) break;
            }
            error_code error;
            const auto room = input_.prepare(1024);
            const auto bytes = co_await connection_.receive(room, error);
            if (connection_.timed_out() && taken + input_.size() > 0) {
                failure = Failure{FailureCode::request_timeout, "The request head did not arrive in time.", {}};
                break;
            }
            if (error || bytes == 0) co_return false;
            input_.commit(bytes);
        }
        connection_.clear_deadline();
        co_return !failure;
    }

    /// True when another request may follow on this connection.
    Task<bool> serve_one() {
        const auto started = Clock::now();
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits().header_bytes));
        parser.body_limit(boost::none);
        parser.eager(false);
        std::optional<Failure> malformed;
        const bool have_head = co_await read_head(parser, malformed);
        if (!have_head && !malformed) co_return false;

        RequestBody body(connection_, input_, parser, limits().body_timeout);
        Exchange exchange(shared_, parser, body, choose_request_id(parser), connection_.peer());
        Reply reply;
        if (malformed) {
            reply = refuse(exchange, engine::Refusal(std::move(*malformed)));
            reply.close = true;
        } else {
            reply = co_await answer(exchange);
        }
        const bool body_finished = co_await finish_body(exchange);
        if (!body_finished) reply.close = true;

        const WriteContext context{exchange.head.method() == beast_http::verb::head, parser.get().version() >= 11,
                                   parser.get().keep_alive() && !loop_.stopping, exchange.request_id};
        const auto written = co_await write_reply(shared_, connection_, reply, context);
        log(exchange, reply, written, started);
        co_return written.keep_alive;
    }

    static std::string choose_request_id(const Parser& parser) {
        const auto given = parser.get()["X-Request-Id"];
        if (headers::is_request_id({given.data(), given.size()})) return std::string(given);
        return make_request_id();
    }

    Task<Reply> answer(Exchange& exchange) {
        try {
            co_return co_await dispatch(exchange);
        } catch (const std::exception& bug) {
            co_return refuse(exchange, FailureCode::internal,
                             "The server failed on this request; its log explains it under the request id. (" +
                                 std::string(bug.what()) + ")");
        }
    }

    Task<Reply> dispatch(Exchange& exchange) {
        if (exchange.target().size() > limits().target_bytes)
            co_return refuse(exchange, FailureCode::target_too_long, "The request target is too long.");
        if (exchange.head.version() >= 11 && !exchange.has(Field::host))
            co_return refuse(exchange, FailureCode::bad_request, "HTTP/1.1 asks for a Host header (RFC 9112, 3.2).");
        if (auto framed = check_framing(exchange); !framed) {
            auto reply = refuse(exchange, engine::Refusal(std::move(framed.error())));
            reply.close = true;  // nobody knows where the next request begins
            co_return reply;
        }
        // Management has no public address: a base path belongs to DAV alone.
        static const headers::PublicAddress anywhere;
        auto path =
            headers::parse_request_target(exchange.target(), service_.observed ? shared_.options.address : anywhere);
        if (!path) co_return refuse(exchange, engine::Refusal(std::move(path.error())));
        exchange.path = std::move(*path);
        const auto expect = exchange.field(Field::expect);
        if (!expect.empty() && !boost::beast::iequals({expect.data(), expect.size()}, "100-continue"))
            co_return refuse(exchange, FailureCode::expectation_failed,
                             "The only expectation known here is 100-continue.");
        co_return co_await service_.front(exchange);
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

    void log(Exchange& exchange, const Reply& reply, const Written& written, Clock::time_point started) {
        if (!service_.observed || shared_.observers.empty()) return;
        AccessRecord record;
        record.request_id = exchange.request_id;
        record.method = exchange.method();
        record.target = exchange.target();
        record.client = exchange.peer;
        record.user_agent = exchange.field(Field::user_agent);
        set_trace(record, exchange.field("traceparent"));
        record.status = number(reply.status);
        record.bytes_in = exchange.body.received();
        record.bytes_out = written.bytes;
        record.duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started);
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
    Connection connection_;
    InputBuffer input_;
};

}  // namespace

Task<Reply> dispatch_dav(Exchange& exchange) {
    const auto* row = find_method(exchange.method());
    if (!row && exchange.method() == "POST")
        co_return refuse_method(exchange, allow_all(exchange.services().policy.read_only),
                                "Nothing here takes a POST.");
    if (!row) co_return refuse(exchange, FailureCode::not_implemented, "This method is not known here.");
    if (row->writes && exchange.shared.idempotency && !exchange.field("Idempotency-Key").empty())
        co_return co_await answer_once(exchange, row->handler);
    co_return co_await row->handler(exchange);
}

Task<> serve_connection(Shared& shared, LoopState& loop, const Service& service, Socket socket, std::string peer) {
    Session session(shared, loop, service, std::move(socket), std::move(peer));
    co_await session.serve();
}

}  // namespace davit::http
