#include "davit/http/idempotency.hpp"

#include <algorithm>

#include "davit/http/body_digest.hpp"
#include "davit/http/error_reply.hpp"

namespace davit::http {
namespace {

constexpr std::size_t longest_key = 255;

/// The field is a structured string, "..."; without quotes it is taken as it stands.
std::optional<std::string> parse_key(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    const bool visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
    if (text.empty() || text.size() > longest_key || !visible) return std::nullopt;
    return std::string(text);
}

/// What makes two requests the same: everything that decides what is done, except the bytes of the body, of which only
/// length and type are compared, since uploads are not kept.
std::string fingerprint(const Exchange& exchange) {
    std::string text(exchange.method());
    (text += '\n') += exchange.target();
    for (const auto* name :
         {"Destination", "Depth", "Overwrite", "If", "If-Match", "If-None-Match", "If-Unmodified-Since", "Timeout",
          "Lock-Token", "Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "X-Update-Range",
          "X-OC-Mtime", "OC-Checksum", "Content-Digest", "Repr-Digest"})
        (text += '\n') += exchange.joined(std::string_view(name));
    return sha256(text);
}

Reply replay(const store::StoredAnswer& stored) {
    Reply reply;
    reply.status = static_cast<Status>(stored.status);
    reply.fields = stored.fields;
    reply.add("Idempotency-Replayed", "true");
    reply.body = stored.body;
    return reply;
}

/// Worth keeping: what was done, and what will fail alike however often it is asked.
bool is_final(const Exchange& exchange, const Reply& reply) {
    if (exchange.body.broken() || reply.close || number(reply.status) >= 500) return false;
    return !exchange.failure || !exchange.failure->refusal.failure.retryable();
}

Reply refuse_interrupted(Exchange& exchange) {
    Failure failure{
        FailureCode::outcome_unknown,
        "The server ended in the midst of the first request with this Idempotency-Key: look at what is there, "
        "then use a new key.",
        {}};
    failure.changed = Changed::unknown;
    return refuse(exchange, engine::Refusal(std::move(failure)));
}

Reply refuse_not_kept(Exchange& exchange, const store::NotKept& done) {
    Failure failure{FailureCode::outcome_unknown,
                    "The first request with this Idempotency-Key was answered with " + std::to_string(done.status) +
                        ", and the answer was too large to be kept: look at what is there, then use a new key.",
                    {}};
    failure.changed = Changed::unknown;
    return refuse(exchange, engine::Refusal(std::move(failure)));
}

Task<> keep(Exchange& exchange, store::IdempotencyStore& store, const store::IdempotencyKey& key, const Reply& reply) {
    const auto* text = std::get_if<std::string>(&reply.body);
    const bool final = is_final(exchange, reply) && (text || std::holds_alternative<std::monostate>(reply.body));
    // A row that could not be written stays as begun: a repeated request is told that nobody knows, which is true.
    co_await exchange.shared.workers.run([&] {
        return final ? store.finish(key, {number(reply.status), reply.fields, text ? *text : std::string()},
                                    exchange.options().idempotency)
                     : store.forget(key);
    });
}

}  // namespace

Task<Reply> answer_once(Exchange& exchange, Handler handler) {
    const auto& options = exchange.options();
    auto& store = *exchange.where->idempotency;
    const auto name = parse_key(exchange.custom("Idempotency-Key"));
    if (!name)
        co_return refuse(exchange, FailureCode::bad_header, "Idempotency-Key: expected 1 to 255 visible characters.");
    const store::IdempotencyKey key{std::string(exchange.caller().principal), *name};
    const auto print = fingerprint(exchange);
    const auto begun =
        co_await exchange.shared.workers.run([&] { return store.begin(key, print, options.idempotency); });
    if (!begun) co_return refuse(exchange, engine::Refusal(begun.error()));
    if (const auto* stored = std::get_if<store::StoredAnswer>(&*begun)) co_return replay(*stored);
    if (std::holds_alternative<store::Interrupted>(*begun)) co_return refuse_interrupted(exchange);
    if (const auto* done = std::get_if<store::NotKept>(&*begun)) co_return refuse_not_kept(exchange, *done);
    if (std::holds_alternative<store::Running>(*begun))
        co_return refuse(exchange, FailureCode::request_in_progress,
                         "The first request with this Idempotency-Key is still running.");
    if (std::holds_alternative<store::Different>(*begun))
        co_return refuse(exchange, FailureCode::key_reused, "This Idempotency-Key was used for another request.");
    auto reply = co_await handler(exchange);
    co_await keep(exchange, store, key, reply);
    co_return reply;
}

}  // namespace davit::http
