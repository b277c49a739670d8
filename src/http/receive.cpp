// Receiving uploads.
#include "receive.hpp"

#include <charconv>
#include <utility>

#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"

namespace davit::http {
namespace {

constexpr auto longest_visit = std::chrono::milliseconds(10);  ///< to a worker that receives and writes

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number)
                                                                                     : std::nullopt;
}

/// An upload outlives the lock it was begun under when nobody refreshes that meanwhile.
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

Reply committed_reply(const store::Committed& committed) {
    Reply reply;
    reply.status = committed.created ? Status::created : Status::no_content;
    reply.fields += "ETag: ";
    store::append_entity_tag(reply.fields, committed.info);
    reply.fields += "\r\nLast-Modified: ";
    append_imf_fixdate(reply.fields, std::chrono::floor<std::chrono::seconds>(committed.info.modified));
    reply.fields += "\r\n";
    return reply;
}

std::unexpected<Failure> too_large(std::uint64_t cap) {
    return fail(FailureCode::body_too_large, "Uploads are limited to " + std::to_string(cap) + " bytes here.");
}

/// On a worker, which is spared the way to the loop and back as long as bytes come as fast as it writes them; not for
/// ever, since others wait for workers too.
Result<void> write_what_comes(Exchange& exchange, const Sink& write) {
    auto& body = exchange.body;
    const auto cap = exchange.options().limits.put_body_bytes;
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + longest_visit;
    const ReceiveWindow window;
    const auto buffer = window.bytes();
    bool late = false;
    for (std::size_t bytes = 1; bytes > 0 && !late;) {
        std::size_t filled = 0;
        for (bytes = 1; bytes > 0 && filled < buffer.size() && !late; filled += bytes) {
            bytes = body.read_at_once(buffer.subspan(filled));
            late = Clock::now() >= end;
        }
        if (cap > 0 && body.received() > cap) return too_large(cap);
        if (filled == 0) break;
        if (auto written = write(buffer.first(filled)); !written) return written;
    }
    return {};
}

}  // namespace

std::optional<std::uint64_t> expected_size(const Exchange& exchange) {
    if (const auto announced = parse_number<std::uint64_t>(exchange.custom("X-Expected-Entity-Length")))
        return announced;
    return exchange.body.length();
}

std::optional<std::chrono::sys_seconds> wanted_time(const Exchange& exchange) {
    auto text = exchange.custom("X-OC-Mtime");
    text = text.substr(0, text.find('.'));
    const auto seconds = parse_number<std::int64_t>(text);
    if (!seconds) return std::nullopt;
    const std::chrono::sys_seconds time{std::chrono::seconds(*seconds)};
    return store::is_file_time(time) ? std::optional(time) : std::nullopt;
}

Result<void> check_size(const Exchange& exchange) {
    const auto cap = exchange.options().limits.put_body_bytes;
    const auto size = expected_size(exchange);
    if (cap > 0 && size && *size > cap) return too_large(cap);
    return {};
}

Task<Result<void>> receive_body(Exchange& exchange, const engine::Target& target, const Sink& write) {
    LockKeeper locks(exchange, target);
    while (!exchange.body.done()) {
        if (locks.due()) co_await locks.keep();
        const auto ready = co_await exchange.body.ready();
        if (!ready) co_return std::unexpected(ready.error());
        const auto written = co_await exchange.shared.workers.run([&] { return write_what_comes(exchange, write); });
        if (!written) co_return std::unexpected(written.error());
    }
    co_return Result<void>();
}

Reply refuse_put(Exchange& exchange, const engine::Refusal& refusal) {
    if (refusal.failure.code == FailureCode::method_not_allowed)
        return refuse_method(exchange, allow_for(store::ResourceInfo{.collection = true}, false),
                             refusal.failure.sentence);
    return refuse(exchange, refusal);
}

Reply put_reply(Exchange& exchange, std::optional<std::chrono::sys_seconds> wanted,
                const engine::Answer<store::Committed>& done) {
    if (!done) return refuse_put(exchange, done.error());
    auto reply = committed_reply(*done);
    // A file system whose times end sooner keeps the last it has.
    if (wanted && std::chrono::floor<std::chrono::seconds>(done->info.modified) == *wanted)
        reply.add("X-OC-MTime", "accepted");
    return reply;
}

}  // namespace davit::http
