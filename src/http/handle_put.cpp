// PUT (RFC 9110, 9.3.4; RFC 4918, 9.7).
#include <charconv>

#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"

namespace davit::http {
namespace {

constexpr std::size_t window = 256 * 1024;
constexpr std::size_t largest_small = 64 * 1024;  ///< of a body that is written in one go

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number)
                                                                                     : std::nullopt;
}

/// Finder sends the length of a chunked body beside it (USERS row 2). It counts before Content-Length: a proxy that has
/// the whole body at hand puts its own Content-Length in place of the chunks, and that one is of what arrived at the
/// proxy.
std::optional<std::uint64_t> expected_size(const Exchange& exchange) {
    if (const auto announced = parse_number(exchange.custom("X-Expected-Entity-Length"))) return announced;
    return exchange.body.length();
}

/// ownCloud's and Nextcloud's clients and rclone send the file's own time, in seconds since 1970.
std::optional<std::chrono::sys_seconds> wanted_time(const Exchange& exchange) {
    constexpr std::uint64_t year_9999 = 253402300799;
    auto text = exchange.custom("X-OC-Mtime");
    text = text.substr(0, text.find('.'));
    const auto seconds = parse_number(text);
    if (!seconds || *seconds > year_9999) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
}

Result<void> check_head(const Exchange& exchange) {
    const auto cap = exchange.options().limits.put_body_bytes;
    const auto size = expected_size(exchange);
    if (cap > 0 && size && *size > cap)
        return fail(FailureCode::body_too_large, "Uploads are limited to " + std::to_string(cap) + " bytes here.");
    // A part taken for the whole would destroy the rest (RFC 9110, 9.3.4 and 14.5).
    if (exchange.has(Field::content_range))
        return fail(FailureCode::bad_header, "Content-Range: partial uploads are not accepted with PUT.");
    return {};
}

/// An upload outlives the lock it was begun under when nobody refreshes that meanwhile (USERS.md, row 18).
class LockKeeper {
public:
    LockKeeper(Exchange& exchange, const engine::Target& target)
        : exchange_(exchange),
          target_(target),
          patience_(exchange.options().limits.body_timeout + std::chrono::seconds(5)),
          due_(engine::keep_alive_due(exchange.services(), target, patience_)) {}

    /// Asked before every wait for the client, which may last as long as the body timeout.
    bool due() const { return !exchange_.body.buffered() && exchange_.services().clock.monotonic() >= due_; }
    Task<> keep() {
        due_ = co_await exchange_.shared.workers.run(
            [&] { return engine::keep_alive(exchange_.services(), target_, patience_); });
    }

private:
    Exchange& exchange_;
    const engine::Target& target_;
    std::chrono::seconds patience_;
    std::chrono::system_clock::time_point due_;
};

/// The body, piece by piece, into the upload. Each piece is written by a worker.
Task<Result<void>> receive_body(Exchange& exchange, engine::Put& put) {
    const auto cap = exchange.options().limits.put_body_bytes;
    const auto size = exchange.body.length().value_or(window);
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::clamp<std::uint64_t>(size, 1, window)));
    LockKeeper locks(exchange, put.target());
    while (!exchange.body.done()) {
        std::size_t filled = 0;
        while (filled < buffer.size() && !exchange.body.done()) {
            if (locks.due()) co_await locks.keep();
            const auto bytes = co_await exchange.body.read(std::span(buffer).subspan(filled));
            if (!bytes) co_return std::unexpected(bytes.error());
            filled += *bytes;
        }
        if (cap > 0 && exchange.body.received() > cap)
            co_return fail(FailureCode::body_too_large,
                           "Uploads are limited to " + std::to_string(cap) + " bytes here.");
        auto written = co_await exchange.shared.workers.run([&] { return put.write(std::span(buffer).first(filled)); });
        if (!written) co_return written;
    }
    co_return Result<void>();
}

Reply committed_reply(Exchange& exchange, const store::Committed& committed) {
    Reply reply;
    reply.status = committed.created ? Status::created : Status::no_content;
    reply.fields += "ETag: ";
    store::append_entity_tag(reply.fields, committed.info);
    reply.fields += "\r\nLast-Modified: ";
    append_imf_fixdate(reply.fields, std::chrono::floor<std::chrono::seconds>(committed.info.modified));
    reply.fields += "\r\n";
    if (committed.created) reply.add("Location", exchange.href(exchange.path, false));
    return reply;
}

Reply refuse_put(Exchange& exchange, const engine::Refusal& refusal) {
    if (refusal.failure.code == FailureCode::method_not_allowed)
        return refuse_method(exchange, allow_for(store::ResourceInfo{.collection = true}, false),
                             refusal.failure.sentence);
    return refuse(exchange, refusal);
}

Reply put_reply(Exchange& exchange, const engine::PutRequest& request, const engine::Answer<store::Committed>& done) {
    if (!done) return refuse_put(exchange, done.error());
    auto reply = committed_reply(exchange, *done);
    if (request.modified) reply.add("X-OC-MTime", "accepted");
    return reply;
}

/// A small body that has arrived with its head: one visit to a worker does it all.
Task<Reply> put_small(Exchange& exchange, engine::PutRequest request, const std::string& body) {
    const auto held = co_await claim_for(exchange, engine::claim_member(exchange.path), request.target);
    const auto done = co_await exchange.shared.workers.run_change(
        [&] { return engine::put_whole(exchange.services(), request, std::as_bytes(std::span(body))); });
    co_return put_reply(exchange, request, done);
}

Task<Reply> put_streamed(Exchange& exchange, engine::PutRequest request) {
    auto put = co_await exchange.shared.workers.run([&] { return engine::Put::begin(exchange.services(), request); });
    if (!put) co_return refuse_put(exchange, put.error());
    // No claim while the body arrives: a slow upload must not hold up others. Everything is checked again at commit.
    const auto received = co_await receive_body(exchange, *put);
    if (!received) co_return refuse(exchange, engine::Refusal(received.error()));
    const auto held = co_await claim_for(exchange, engine::claim_member(exchange.path), put->target());
    const auto done = co_await exchange.shared.workers.run([&] { return put->commit(); });
    co_return put_reply(exchange, request, done);
}

}  // namespace

Task<Reply> handle_put(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    if (const auto sound = check_head(exchange); !sound) co_return refuse(exchange, engine::Refusal(sound.error()));
    engine::PutRequest request{std::move(*target), expected_size(exchange), wanted_time(exchange)};
    const auto* body = exchange.body.whole_at_once(largest_small);
    if (body) co_return co_await put_small(exchange, std::move(request), *body);
    co_return co_await put_streamed(exchange, std::move(request));
}

}  // namespace davit::http
