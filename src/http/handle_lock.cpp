// LOCK and UNLOCK (RFC 4918, 9.10, 9.11).
#include <algorithm>
#include <array>

#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/resolve_paths.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::http {
namespace {

Reply granted(Exchange& exchange, const engine::LockOutcome& outcome, bool fresh) {
    Reply reply;
    reply.status = outcome.created ? Status::created : Status::ok;
    reply.add("Content-Type", "application/xml; charset=utf-8");
    // RFC 4918, 10.5: only for a new lock, never for a refresh.
    if (fresh) reply.add("Lock-Token", "<" + outcome.lock->token + ">");
    if (outcome.lock->root == exchange.path) add_content_location(exchange, reply, outcome.lock->root_is_collection);
    std::string body;
    xml::append_lock_answer(body, *outcome.lock, exchange.services().clock.monotonic(), exchange.body_context());
    reply.body = std::move(body);
    return reply;
}

/// A client asks for its locks in the same words each time: the last few bodies of a loop, and what they mean.
Result<LockInfo> understood(const std::string& body) {
    struct Known {
        std::string body;
        LockInfo info;
    };
    constexpr std::size_t largest = 4096;
    thread_local std::array<Known, 8> known;
    thread_local std::size_t next = 0;
    for (const auto& each : known)
        if (each.body == body) return each.info;
    auto info = xml::parse_lockinfo(body);
    if (info && body.size() <= largest) known[next++ % known.size()] = {body, *info};
    return info;
}

Result<engine::LockRequest> decode_lock(Exchange& exchange, engine::Target target, const std::string& text) {
    auto info = understood(text);
    if (!info) return std::unexpected(info.error());
    // Windows sends no Depth: infinity, as the RFC says (9.10.3).
    const auto depth = decode_depth(exchange, Depth::infinity);
    if (!depth) return std::unexpected(depth.error());
    return engine::LockRequest{std::move(target), std::move(*info), *depth,
                               headers::parse_timeout(exchange.field(Field::timeout)), exchange.hrefs().written_root()};
}

Reply answer_lock(Exchange& exchange, const engine::Answer<engine::LockOutcome>& locked, bool fresh) {
    return locked ? granted(exchange, *locked, fresh) : refuse(exchange, locked.error());
}

struct UnlockRequest {
    engine::Target target;
    LockToken token;
};
Result<UnlockRequest> decode_unlock(const Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) return std::unexpected(std::move(target.error()));
    if (!exchange.has(Field::lock_token))
        return fail(FailureCode::missing_header, "Lock-Token: the header is missing.");
    auto token = headers::parse_lock_token(exchange.field(Field::lock_token));
    if (!token) return std::unexpected(std::move(token.error()));
    return UnlockRequest{std::move(*target), std::move(*token)};
}

Reply answer_unlock(Exchange& exchange, const engine::Answer<void>& unlocked) {
    if (!unlocked) return refuse(exchange, unlocked.error());
    Reply reply;
    reply.status = Status::no_content;
    return reply;
}

}  // namespace

// Locks that are kept in memory only are taken and given back without waiting for anything, unless somebody else is at
// work on the resource.
std::optional<Reply> lock_at_once(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) return refuse(exchange, engine::Refusal(target.error()));
    const auto* text = exchange.body.whole_at_once(
        std::min<std::uint64_t>(exchange.options().limits.xml_body_bytes, RequestBody::small));
    if (!text || text->empty()) return std::nullopt;
    const auto request = decode_lock(exchange, std::move(*target), *text);
    if (!request) return refuse(exchange, engine::Refusal(request.error()));
    const auto held = claim_at_once(exchange, engine::claim_tree(exchange.path), request->target);
    if (!held) return std::nullopt;
    return answer_lock(exchange, engine::lock(exchange.services(), *request), true);
}

std::optional<Reply> unlock_at_once(Exchange& exchange) {
    if (exchange.body.present()) return std::nullopt;
    const auto request = decode_unlock(exchange);
    if (!request) return refuse(exchange, engine::Refusal(request.error()));
    return answer_unlock(exchange, engine::unlock(exchange.services(), request->target, request->token));
}

namespace {

/// Awaits a change of the lock table; the event loop serves others until the change is on the disk. `begin` gets the
/// function that takes the answer.
template <typename Answered, typename Begin>
Task<Answered> await_commit(Begin begin) {
    Answered answer;
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [&](auto handler) {
            auto executor = asio::get_associated_executor(handler);
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            auto resume = [&answer, shared, executor, alive = asio::make_work_guard(executor)](Answered done) mutable {
                answer = std::move(done);
                asio::post(executor, std::move(*shared));
                alive.reset();  // this may outlive the loop's last request
            };
            const auto give_up = [&](Failure failure) { resume(std::unexpected(engine::Refusal(std::move(failure)))); };
            try {
                begin(resume);
            } catch (const std::bad_alloc&) {
                give_up(memory_failure());
            } catch (const std::exception& bug) {  // it was not begun: nobody else will resume this
                give_up({FailureCode::internal, bug.what(), {}});
            }
        },
        use_task);
    co_return answer;
}

template <typename Answered>
bool would_block(const Answered& answer) {
    return !answer && answer.error().failure.code == FailureCode::would_block;
}

}  // namespace

Task<Reply> handle_lock(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    // A chunked body may turn out to be empty, which makes of this the refresh of a lock that is held.
    if (!exchange.body.chunked() || !target->if_header()) {
        const auto depth = decode_depth(exchange, Depth::infinity);
        if (!depth && exchange.body.present()) co_return refuse(exchange, engine::Refusal(depth.error()));
        const auto may = co_await check_before_body(exchange, engine::claim_tree(exchange.path), *target, [&] {
            return engine::may_lock(exchange.services(), *target, *depth);
        });
        if (!may) co_return refuse(exchange, may.error());
    }
    const auto text = co_await exchange.body.read_all(exchange.options().limits.xml_body_bytes);
    if (!text) co_return refuse(exchange, engine::Refusal(text.error()));
    if (text->empty()) {
        const auto timeout = headers::parse_timeout(exchange.field(Field::timeout));
        const auto refreshed = co_await exchange.shared.workers.run_change(
            names_many(exchange), [&] { return engine::refresh(exchange.services(), *target, timeout); });
        co_return answer_lock(exchange, refreshed, false);
    }
    const auto request =
        co_await parse_body(exchange, text->size(), [&] { return decode_lock(exchange, std::move(*target), *text); });
    if (!request) co_return refuse(exchange, engine::Refusal(request.error()));
    const auto held = co_await claim_for(exchange, engine::claim_tree(exchange.path), request->target);
    const auto& services = exchange.services();
    auto locked = co_await await_commit<engine::Answer<engine::LockOutcome>>(
        [&](const auto& then) { engine::lock(services, *request, then); });
    if (would_block(locked))
        locked = co_await exchange.shared.workers.run_change(names_many(exchange),
                                                             [&] { return engine::lock(services, *request); });
    co_return answer_lock(exchange, locked, true);
}

Task<Reply> handle_unlock(Exchange& exchange) {
    const auto request = decode_unlock(exchange);
    if (!request) co_return refuse(exchange, engine::Refusal(request.error()));
    const auto& services = exchange.services();
    auto unlocked = co_await await_commit<engine::Answer<void>>(
        [&](const auto& then) { engine::unlock(services, request->target, request->token, then); });
    if (would_block(unlocked))
        unlocked = co_await exchange.shared.workers.run_change(
            names_many(exchange), [&] { return engine::unlock(services, request->target, request->token); });
    co_return answer_unlock(exchange, unlocked);
}

}  // namespace davit::http
