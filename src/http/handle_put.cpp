// PUT (RFC 9110, 9.3.4; RFC 4918, 9.7).
#include "davit/engine/methods.hpp"
#include "davit/http/body_digest.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/resolve_paths.hpp"
#include "receive.hpp"

namespace davit::http {
namespace {

constexpr std::size_t largest_small = 64 * 1024;  ///< of a body that is written in one go

/// Before the file appears: is it what was promised? Then that is kept with it.
Result<std::vector<Digest>> settled(const PromisedDigests& promised, BodyDigest& digest) {
    auto found = digest.finish();
    if (auto right = check_digests(promised.file, found); !right) return std::unexpected(std::move(right.error()));
    return found;
}

Result<void> check_whole(engine::PutRequest& request, const PromisedDigests& promised,
                         std::span<const std::byte> body) {
    BodyDigest digest(promised.of_file());
    digest.update(body);
    auto found = settled(promised, digest);
    if (!found) return std::unexpected(std::move(found.error()));
    request.checksums = std::move(*found);
    return {};
}

/// A small body that has arrived with its head: one visit to a worker does it all.
Task<Reply> put_small(Exchange& exchange, engine::PutRequest request, const std::string& body,
                      const PromisedDigests& promised) {
    const auto held = co_await claim_for(exchange, engine::claim_member(exchange.path), request.target);
    const auto bytes = std::as_bytes(std::span(body));
    const auto done =
        co_await exchange.shared.workers.run_change(names_many(exchange), [&]() -> engine::Answer<store::Committed> {
            if (!promised.file.empty())
                if (auto right = check_whole(request, promised, bytes); !right)
                    return std::unexpected(std::move(right.error()));
            return engine::put_whole(exchange.services(), request, bytes);
        });
    co_return put_reply(exchange, request.modified, done);
}

Task<Reply> put_streamed(Exchange& exchange, engine::PutRequest request, const PromisedDigests& promised) {
    const auto wanted = request.modified;
    auto put =
        co_await check_without_claim(exchange, exchange.shared.workers, engine::claim_member(exchange.path),
                                     request.target, [&] { return engine::Put::begin(exchange.services(), request); });
    if (!put) co_return refuse_put(exchange, put.error());
    BodyDigest digest(promised.of_file());
    // No claim while the body arrives: a slow upload must not hold up others. Everything is checked again at commit.
    const Sink write = [&](std::span<const std::byte> bytes) {
        digest.update(bytes);
        return put->write(bytes);
    };
    const auto received = co_await receive_body(exchange, put->target(), write);
    if (!received) co_return refuse(exchange, engine::Refusal(received.error()));
    auto found = settled(promised, digest);
    if (!found) co_return refuse(exchange, engine::Refusal(found.error()));
    put->set_checksums(std::move(*found));
    const auto held = co_await claim_for(exchange, engine::claim_member(exchange.path), put->target());
    const auto done = co_await exchange.shared.workers.run([&] { return put->commit(); });
    co_return put_reply(exchange, wanted, done);
}

/// All that the head says of an upload.
struct Order {
    engine::PutRequest request;
    PromisedDigests promised;
};
Result<Order> decode_put(const Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) return std::unexpected(std::move(target.error()));
    if (auto sound = check_size(exchange); !sound) return std::unexpected(std::move(sound.error()));
    auto promised = decode_digests(exchange, BodyIs::file);
    if (!promised) return std::unexpected(std::move(promised.error()));
    return Order{{std::move(*target), expected_size(exchange), wanted_time(exchange)}, std::move(*promised)};
}

}  // namespace

// What is written without waiting for the disk, and is all here, needs neither a thread nor a coroutine.
std::optional<Reply> put_at_once(Exchange& exchange) {
    if (exchange.has(Field::content_range)) return std::nullopt;
    const auto order = decode_put(exchange);
    if (!order) return refuse(exchange, engine::Refusal(order.error()));
    if (!order->promised.file.empty()) return std::nullopt;
    const auto* body = exchange.body.whole_at_once(largest_small);
    if (!body) return std::nullopt;
    const auto held = claim_at_once(exchange, engine::claim_member(exchange.path), order->request.target);
    if (!held) return std::nullopt;
    return put_reply(exchange, order->request.modified,
                     engine::put_whole(exchange.services(), order->request, std::as_bytes(std::span(*body))));
}

Task<Reply> handle_put(Exchange& exchange) {
    if (exchange.has(Field::content_range)) co_return co_await put_part(exchange);
    auto order = decode_put(exchange);
    if (!order) co_return refuse(exchange, engine::Refusal(order.error()));
    const auto* body = exchange.body.whole_at_once(largest_small);
    if (body) co_return co_await put_small(exchange, std::move(order->request), *body, order->promised);
    co_return co_await put_streamed(exchange, std::move(order->request), order->promised);
}

}  // namespace davit::http
