#include "davit/http/request_head.hpp"

#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "davit/headers/forwarded.hpp"
#include "davit/http/known_head.hpp"
#include "davit/http/method_table.hpp"
#include "head_lines.hpp"
#include "malformed_head.hpp"

namespace davit::http {
namespace {

HeadRefusal refusal(FailureCode code, std::string sentence, bool close = false) {
    return {engine::Refusal(Failure{code, std::move(sentence), {}}), close};
}

/// RFC 9112, 6.1: a body framed in a way one side does not know is how requests are smuggled past a proxy.
std::optional<HeadRefusal> check_framing(const Exchange& exchange) {
    // The parser takes several lengths that are equal; a proxy may have read another one.
    if (exchange.has(Field::content_length) && (exchange.repeats(Field::content_length) ||
                                                exchange.field(Field::content_length).find(',') != std::string::npos))
        return refusal(FailureCode::bad_request, "Content-Length: it may be said only once (RFC 9112, 6.3).", true);
    if (!exchange.has(Field::transfer_encoding)) return std::nullopt;
    if (exchange.head.version() < 11)
        return refusal(FailureCode::bad_request, "HTTP/1.0 knows no Transfer-Encoding.", true);
    if (!boost::beast::iequals(exchange.joined(Field::transfer_encoding), "chunked"))
        return refusal(FailureCode::unsupported_transfer_coding, "The only transfer coding known here is chunked.",
                       true);
    return std::nullopt;
}

/// A server has few names: the last one of a loop that was right is not looked at again.
bool is_host(std::string_view text) {
    thread_local std::string known;
    if (text == known) return true;
    if (!headers::is_authority(text)) return false;
    if (text.size() <= 256) known = text;
    return true;
}

/// RFC 9112, 3.2: exactly one Host, and one that can be a host. Of two, a proxy may have believed the other one.
std::optional<HeadRefusal> check_host(const Exchange& exchange) {
    if (exchange.head.version() >= 11 && !exchange.has(Field::host))
        return refusal(FailureCode::bad_request, "HTTP/1.1 asks for a Host header (RFC 9112, 3.2).");
    const auto host = exchange.field(Field::host);
    if (exchange.repeats(Field::host))
        return refusal(FailureCode::bad_request, "The Host header may be sent only once (RFC 9112, 3.2).");
    if (host.empty() || is_host(host)) return std::nullopt;
    return refusal(FailureCode::bad_request, "The Host header " + headers::wrong_authority(host) + " (RFC 9112, 3.2).");
}

/// Which of two was meant nobody knows; and it may be what a proxy's rules did not look at.
std::optional<HeadRefusal> check_single(const Exchange& exchange) {
    constexpr std::array single{Field::destination, Field::depth, Field::overwrite, Field::content_range};
    for (const auto name : single) {
        const auto text = beast_http::to_string(name);
        if (exchange.repeats(name))
            return refusal(FailureCode::bad_header,
                           std::string(text.data(), text.size()) + ": the header may be sent only once.");
    }
    return std::nullopt;
}

/// A method that this server does not implement may have a target of its own form, such as CONNECT's "host:port"
/// (RFC 9112, 3.2.3), so the target does not matter. POST is known: it is refused with 405.
bool is_known_method(std::string_view method) {
    return find_method(method) || method == "POST";
}

/// A client may send the bytes for its tunnel without waiting for the response. They are no request, so the server
/// closes the connection after a CONNECT.
HeadRefusal refuse_unknown_method(std::string_view method) {
    return refusal(FailureCode::not_implemented, "This server does not implement the method.", method == "CONNECT");
}

/// Has a request of the same bytes been here, read by the same rules? One whose proxy says by which URLs it is known
/// has rules of its own.
bool was_checked(Exchange& exchange, const headers::PublicAddress& address) {
    if (!exchange.known_head || exchange.has_own_address()) return false;
    const auto& checked = exchange.known_head->checked;
    if (checked.under != exchange.settings.serial || checked.address != &address) return false;
    exchange.path = checked.path;
    return true;
}

void note_checked(const Exchange& exchange, const headers::PublicAddress& address) {
    if (!exchange.known_head || exchange.has_own_address()) return;
    exchange.known_head->checked = {exchange.settings.serial, &address, exchange.path};
}

}  // namespace

Failure field_too_large() {
    return {FailureCode::headers_too_large,
            "One of the request's header fields has more than the 65,533 bytes that a field can have here.",
            {}};
}

Failure too_many_empty_lines() {
    return {FailureCode::bad_request, "Too many empty lines stand before the request.", {}};
}

Failure head_failure(error_code error, const Parser& parser, HeadInput input, const Limits& limits) {
    namespace bh = beast_http;
    if (error == bh::error::header_limit) {
        if (parser.get().method_string().empty())
            return {FailureCode::target_too_long, "The request target is too long.", {}};
        return {FailureCode::headers_too_large,
                "The request's header fields exceed " + std::to_string(limits.header_bytes) + " bytes.",
                {}};
    }
    if (input.from_start)
        if (auto other = describe_other_protocol(input.bytes); !other.empty())
            return {FailureCode::bad_request, std::move(other), {}};
    if (error == bh::error::bad_version) return version_failure(input.bytes);
    if (error == bh::error::bad_transfer_encoding)
        return {FailureCode::unsupported_transfer_coding,
                "The only transfer coding known here is chunked, without Content-Length.",
                {}};
    auto sentence = describe_malformed_head(input.bytes, input.from_start);
    if (sentence.empty()) sentence = "The request head is malformed: " + error.message() + ".";
    return {FailureCode::bad_request, std::move(sentence), {}};
}

std::optional<HeadRefusal> check_head(Exchange& exchange, const headers::PublicAddress& address) {
    // enter() and resolve_paths() may have been here before.
    exchange.mapping = {};
    exchange.path_as_asked.reset();
    exchange.named_paths.clear();
    exchange.passed_links.clear();
    if (was_checked(exchange, address)) return std::nullopt;
    if (exchange.target().size() > exchange.options().limits.target_bytes)
        return refusal(FailureCode::target_too_long, "The request target is too long.");
    if (auto refused = check_host(exchange)) return refused;
    if (auto refused = check_framing(exchange)) return refused;
    if (auto refused = check_single(exchange)) return refused;
    if (exchange.method() == "CONNECT") return refuse_unknown_method(exchange.method());
    if (exchange.target() == "*" && !is_known_method(exchange.method()))
        return refuse_unknown_method(exchange.method());
    if (exchange.target() == "*" && exchange.method() != "OPTIONS")  // RFC 9112, 3.2.4
        return refusal(FailureCode::bad_request, "Only OPTIONS may be asked of the server as a whole.");
    auto path = headers::parse_request_target(exchange.target(), address);
    if (auto above = path ? std::nullopt : headers::above_base(exchange.target(), address)) {
        exchange.look_above(*above);
        path = std::move(*above);
    }
    if (!path && !is_known_method(exchange.method())) return refuse_unknown_method(exchange.method());
    if (!path) return HeadRefusal{engine::Refusal(std::move(path.error())), false};
    exchange.path = std::move(*path);
    const auto expect = exchange.field(Field::expect);
    if (!expect.empty() && !boost::beast::iequals({expect.data(), expect.size()}, "100-continue"))
        return refusal(FailureCode::expectation_failed, "The only expectation known here is 100-continue.");
    note_checked(exchange, address);
    return std::nullopt;
}

}  // namespace davit::http
