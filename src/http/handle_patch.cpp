// Parts of files: PATCH as sabre has it (https://sabre.io/dav/http-patch/), and PUT with Content-Range (RFC
// 9110, 14.5).
#include <boost/beast/core/string.hpp>

#include <atomic>

#include "davit/engine/methods.hpp"
#include "davit/http/body_digest.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/store/deadline.hpp"
#include "receive.hpp"

namespace davit::http {
namespace {

/// The length of the body has to be the range's: sabre calls that not satisfiable, RFC 9110, 14.5 a bad request.
Result<Part> agreeing(const Exchange& exchange, Part part, FailureCode otherwise) {
    const auto length = exchange.body.length();
    if (!part.length || !length || *part.length == *length) return part;
    return fail(otherwise, "The body has " + std::to_string(*length) + " bytes, but the range that it is for " +
                               std::to_string(*part.length) + ".");
}

Result<Part> decode_update_range(const Exchange& exchange) {
    const auto text = exchange.joined("X-Update-Range");  // two are none
    if (text.empty()) return fail(FailureCode::bad_header, "X-Update-Range: the header is missing.");
    if (!exchange.body.chunked() && !exchange.has(Field::content_length))
        return fail(FailureCode::length_required, "Content-Length: the length of the part has to be said.");
    auto part = in_field("X-Update-Range", headers::parse_update_range(text));
    if (!part) return part;
    return agreeing(exchange, *part, FailureCode::range_not_satisfiable);
}

Result<Part> decode_content_range(const Exchange& exchange) {
    auto part = in_field("Content-Range", headers::parse_content_range(exchange.field(Field::content_range)));
    if (!part) return part;
    return agreeing(exchange, *part, FailureCode::bad_header);
}

/// A file beyond this size is large. The client decides how large, since a file without content takes no room.
constexpr std::uint64_t large_file = std::uint64_t{64} << 20U;
constexpr std::chrono::seconds longest_digest = std::chrono::minutes(10);

/// Half of the threads for trees, at most, read large files back: the others stay free for COPY and other parts.
class LargeDigest {
public:
    explicit LargeDigest(Shared& shared) : shared_(shared) {}
    ~LargeDigest() {
        if (counted_) --shared_.large_digests;
    }
    LargeDigest(const LargeDigest&) = delete;
    LargeDigest& operator=(const LargeDigest&) = delete;

    Result<void> enter() {
        if (counted_) return {};
        counted_ = true;
        if (++shared_.large_digests <= shared_.tree_threads / 2) return {};
        auto failure = fail(FailureCode::overloaded,
                            "The server computes the checksums of as many large files as it may at once already.");
        failure.error().retry_after = std::chrono::seconds(30);
        return failure;
    }

private:
    Shared& shared_;
    bool counted_ = false;
};

store::Deadline digest_deadline(const engine::Services& services) {
    const auto most = services.policy.operation_timeout;
    return {&services.clock, services.clock.monotonic() + (most.count() > 0 ? most : longest_digest)};
}

/// The digests of the whole file, when some are promised, read back from what is about to appear.
Result<void> settle_file(Exchange& exchange, engine::PutPart& put, const PromisedDigests& promised) {
    BodyDigest digest(promised.of_file());
    if (digest.idle()) return {};
    LargeDigest large(exchange.shared);
    const auto until = digest_deadline(exchange.services());
    std::vector<std::byte> buffer(1 << 20);
    for (std::uint64_t at = 0;;) {
        const auto got = put.read(at, buffer);
        if (!got) return std::unexpected(got.error());
        if (*got == 0) break;
        digest.update(std::span(buffer).first(*got));
        at += *got;
        if (at <= large_file) continue;
        if (auto room = large.enter(); !room) return room;
        if (until.is_over()) return std::unexpected(store::out_of_time());
    }
    auto found = digest.finish();
    if (auto right = check_digests(promised.file, found); !right) return right;
    put.set_checksums(std::move(found));
    return {};
}

engine::Answer<store::Committed> commit(Exchange& exchange, engine::PutPart& put, const PromisedDigests& promised) {
    if (auto settled = put.settle(); !settled) return std::unexpected(std::move(settled.error()));
    if (auto right = settle_file(exchange, put, promised); !right) return std::unexpected(std::move(right.error()));
    return put.commit();
}

/// RFC 9110, 15.5.17: where the file ends now.
Task<Reply> refuse_part(Exchange& exchange, const engine::Refusal& refusal) {
    auto reply = refuse_put(exchange, refusal);
    if (refusal.failure.code != FailureCode::range_not_satisfiable) co_return reply;
    const auto info =
        co_await exchange.shared.workers.run([&] { return exchange.services().resources.stat(exchange.path); });
    reply.add("Content-Range", "bytes */" + std::to_string(info ? info->size : 0));
    co_return reply;
}

/// Copying the file and reading it back take as long as it is large: that is done beside other such work.
Task<Reply> receive_part(Exchange& exchange, engine::PartRequest request, const PromisedDigests& promised) {
    const auto wanted = request.put.modified;
    auto& pool = exchange.shared.trees;
    auto put = co_await check_without_claim(exchange, pool, engine::claim_member(exchange.path), request.put.target,
                                            [&] { return engine::PutPart::begin(exchange.services(), request); });
    if (!put) co_return co_await refuse_part(exchange, put.error());
    BodyDigest digest(promised.of_body());
    const Sink write = [&](std::span<const std::byte> bytes) {
        digest.update(bytes);
        return put->write(bytes);
    };
    const auto received = co_await receive_body(exchange, put->target(), write);
    if (!received) co_return refuse(exchange, engine::Refusal(received.error()));
    const auto right = check_digests(promised.body, digest.finish());
    if (!right) co_return refuse(exchange, engine::Refusal(right.error()));
    const auto held = co_await claim_for(exchange, engine::claim_member(exchange.path), put->target());
    const auto done = co_await pool.run([&] { return commit(exchange, *put, promised); });
    if (!done) co_return co_await refuse_part(exchange, done.error());
    co_return put_reply(exchange, wanted, done);
}

Task<Reply> handle_part(Exchange& exchange, const Result<Part>& part, BodyIs body) {
    if (!part && part.error().code == FailureCode::range_not_satisfiable)
        co_return co_await refuse_part(exchange, engine::Refusal(part.error()));
    if (!part) co_return refuse(exchange, engine::Refusal(part.error()));
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    if (const auto sound = check_size(exchange); !sound) co_return refuse(exchange, engine::Refusal(sound.error()));
    const auto promised = decode_digests(exchange, body);
    if (!promised) co_return refuse(exchange, engine::Refusal(promised.error()));
    engine::PartRequest request{
        {std::move(*target), expected_size(exchange), wanted_time(exchange)}, *part, body == BodyIs::part};
    co_return co_await receive_part(exchange, std::move(request), *promised);
}

bool is_partial_update(const Exchange& exchange) {
    auto type = exchange.field(Field::content_type);
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return boost::beast::iequals({type.data(), type.size()}, {partial_update_type.data(), partial_update_type.size()});
}

}  // namespace

Task<Reply> put_part(Exchange& exchange) {
    co_return co_await handle_part(exchange, decode_content_range(exchange), BodyIs::part);
}

Task<Reply> handle_patch(Exchange& exchange) {
    if (is_partial_update(exchange))
        co_return co_await handle_part(exchange, decode_update_range(exchange), BodyIs::patch);
    auto reply = refuse(exchange, FailureCode::unsupported_media,
                        "The body must be a part of the file: " + std::string(partial_update_type) + ".");
    reply.add("Accept-Patch", partial_update_type);  // RFC 5789, 2.2
    co_return reply;
}

}  // namespace davit::http
