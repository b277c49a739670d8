// DELETE, MKCOL, COPY, MOVE: short requests that change the tree.
#include <array>

#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/problem_json.hpp"
#include "davit/http/resolve_paths.hpp"
#include "davit/xml/bodies.hpp"
#include "receive.hpp"

namespace davit::http {
namespace {

void housekeeping(Exchange& exchange) {
    if (exchange.where->housekeeping) exchange.where->housekeeping();
}

/// DELETE and MOVE of a whole tree are one rename; member by member they take as long as a COPY.
WorkerPool& renaming_pool(Exchange& exchange) {
    const bool by_members = exchange.services().policy.trees == plan::Atomicity::best_effort;
    return by_members ? exchange.shared.trees : exchange.shared.workers;
}

/// DELETE, COPY and MOVE define no body; one that came is not understood (RFC 4918, 8.4).
Task<Result<void>> refuse_body(Exchange& exchange) {
    if (!exchange.body.present()) co_return Result<void>();
    if (exchange.body.chunked()) {  // only reading shows that there is nothing in it
        std::array<std::byte, 1> first;
        const auto bytes = co_await exchange.body.read(first);
        if (!bytes) co_return std::unexpected(bytes.error());
        if (*bytes == 0) co_return Result<void>();
    }
    co_return fail(FailureCode::body_not_allowed, "This method takes no body.");
}

/// RFC 4918, 9.3: the body that MKCOL takes is told by its type. An empty body has no type.
Task<Result<void>> check_body_type(Exchange& exchange) {
    auto type = check_xml_media_type(exchange);
    if (type) co_return type;
    auto first = co_await exchange.body.await_first_chunk();
    if (!first) co_return first;
    co_return exchange.body.present() ? type : Result<void>();
}

Task<engine::Answer<engine::MkcolRequest>> decode_mkcol(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return std::unexpected(target.error());
    engine::MkcolRequest request{std::move(*target), {}, false};
    if (!exchange.body.present()) co_return request;
    auto type = co_await check_body_type(exchange);
    if (!type) co_return std::unexpected(type.error());
    if (!exchange.body.present()) co_return request;
    auto may = co_await check_before_body(exchange, engine::claim_member(exchange.path), request.target,
                                          [&] { return engine::may_mkcol(exchange.services(), request.target); });
    if (!may) co_return std::unexpected(std::move(may.error()));
    const auto text = co_await exchange.body.read_all(exchange.options().limits.property_body_bytes);
    if (!text) co_return std::unexpected(text.error());
    if (text->empty()) co_return request;
    auto update = co_await parse_body(exchange, text->size(), [&] {
        return xml::parse_mkcol(*text, {.value_bytes = exchange.services().policy.max_property_bytes});
    });
    if (!update) co_return std::unexpected(update.error());
    request.properties = std::move(*update);
    request.extended = true;
    co_return request;
}

/// RFC 5689, 3.4: the refusal of a property has a body of its own, under the failure's status.
Reply refuse_properties(Exchange& exchange, const engine::Refusal& refusal) {
    auto reply = refuse(exchange, refusal);
    reply.status = refusal.failure.status();
    if (prefers_json(exchange.joined(Field::accept))) return reply;
    std::string body;
    xml::append_mkcol_response(body, *refusal.body, exchange.body_context());
    reply.body = std::move(body);
    return reply;
}

Task<Result<engine::TransferRequest>> decode_transfer(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return std::unexpected(target.error());
    auto destination = decode_destination(exchange);
    if (!destination) co_return std::unexpected(destination.error());
    const auto overwrite = decode_overwrite(exchange);
    if (!overwrite) co_return std::unexpected(overwrite.error());
    const auto depth = decode_depth(exchange, Depth::infinity);
    if (!depth) co_return std::unexpected(depth.error());
    const auto empty = co_await refuse_body(exchange);
    if (!empty) co_return std::unexpected(empty.error());
    engine::TransferRequest request{std::move(*target), std::move(*destination), *overwrite, *depth,
                                    wanted_time(exchange)};
    request.destination_names_collection = headers::names_collection(exchange.field(Field::destination));
    co_return request;
}

/// What COPY or MOVE did, and whether the Destination has got the time that was asked for.
struct Transferred {
    engine::Answer<bool> created;
    bool timed = false;
    bool collection = false;  ///< what was created
};

using Transfer = engine::Answer<bool> (*)(const engine::Services&, const engine::TransferRequest&);
Transferred transfer(const Exchange& exchange, Transfer method, const engine::TransferRequest& request) {
    Transferred done{method(exchange.services(), request)};
    if (!done.created) return done;
    done.timed = engine::keep_time(exchange.services(), request);
    done.collection = *done.created && engine::made_collection(exchange.services(), request);
    return done;
}

/// The Destination as the client wrote it, with its scheme and host, if there were any.
std::string location_of(const Exchange& exchange, const ResourcePath& destination, bool collection) {
    const auto written = headers::written_reference(exchange.field(Field::destination), exchange.address());
    return (written ? written->origin : std::string()) + exchange.href(destination, collection);
}

/// Where nothing syncs, a rename takes less than going to a worker and back. Nothing when there is more to be done.
std::optional<Transferred> rename_at_once(const Exchange& exchange, engine::TransferRequest request) {
    if (exchange.shared.workers.syncs()) return std::nullopt;
    if (exchange.services().policy.trees == plan::Atomicity::best_effort) return std::nullopt;
    request.waiting = store::Waiting::refused;
    auto done = transfer(exchange, engine::move, request);
    if (!done.created && done.created.error().failure.code == FailureCode::would_block) return std::nullopt;
    return done;
}

Reply transferred(Exchange& exchange, const engine::TransferRequest& request, const Transferred& done) {
    const auto& created = done.created;
    if (!created) return refuse(exchange, created.error());
    housekeeping(exchange);
    Reply reply;
    if (done.timed) reply.add("X-OC-MTime", "accepted");
    reply.status = *created ? Status::created : Status::no_content;
    if (*created) reply.add("Location", location_of(exchange, request.destination, done.collection));
    return reply;
}

Reply answer_mkcol(Exchange& exchange, const engine::Answer<void>& made) {
    if (!made && made.error().body) return refuse_properties(exchange, made.error());
    if (!made) return refuse(exchange, made.error());
    Reply reply;
    reply.status = Status::created;
    // RFC 9110, 15.3.2: without Location the Request-URI is what was made. Some clients take a path alone for the base
    // of all further requests, so it is sent only where it tells them something.
    if (!exchange.target_has_slash()) reply.add("Location", exchange.href(exchange.path, true));
    return reply;
}

Task<Reply> make_collection(Exchange& exchange) {
    const auto request = co_await decode_mkcol(exchange);
    if (!request) co_return answer_mkcol(exchange, std::unexpected(request.error()));
    const auto held = co_await claim_for(exchange, engine::claim_member(exchange.path), request->target);
    // The answer names what the body names, so it is written where the body is parsed.
    if (exchange.body.received() > RequestBody::small)
        co_return co_await exchange.shared.workers.run(
            [&] { return answer_mkcol(exchange, engine::mkcol(exchange.services(), *request)); });
    const auto made = co_await exchange.shared.workers.run_change(
        names_many(exchange), [&] { return engine::mkcol(exchange.services(), *request); });
    co_return answer_mkcol(exchange, made);
}

}  // namespace

Task<Reply> handle_delete(Exchange& exchange) {
    const auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    const auto depth = decode_depth(exchange, Depth::infinity);
    if (!depth) co_return refuse(exchange, engine::Refusal(depth.error()));
    const auto empty = co_await refuse_body(exchange);
    if (!empty) co_return refuse(exchange, engine::Refusal(empty.error()));
    const auto held = co_await claim_for(exchange, engine::claim_tree(exchange.path), *target);
    const auto removed =
        co_await renaming_pool(exchange).run([&] { return engine::remove(exchange.services(), *target, *depth); });
    if (!removed) co_return refuse(exchange, removed.error());
    housekeeping(exchange);
    Reply reply;
    reply.status = Status::no_content;
    co_return reply;
}

Task<Reply> handle_mkcol(Exchange& exchange) {
    auto reply = co_await make_collection(exchange);
    if (reply.status != Status::method_not_allowed) co_return reply;
    const auto here = co_await allow_here(exchange);  // of what is there, a file or a collection
    reply.add("Allow", here.methods);
    co_return reply;
}

Task<Reply> handle_copy(Exchange& exchange) {
    const auto request = co_await decode_transfer(exchange);
    if (!request) co_return refuse(exchange, engine::Refusal(request.error()));
    const auto held =
        co_await claim_for(exchange, engine::claim_copy(exchange.path, request->destination), request->target);
    const auto done = co_await exchange.shared.trees.run([&] { return transfer(exchange, engine::copy, *request); });
    co_return transferred(exchange, *request, done);
}

Task<Reply> handle_move(Exchange& exchange) {
    const auto request = co_await decode_transfer(exchange);
    if (!request) co_return refuse(exchange, engine::Refusal(request.error()));
    const auto held =
        co_await claim_for(exchange, engine::claim_move(exchange.path, request->destination), request->target);
    if (const auto renamed = rename_at_once(exchange, *request)) co_return transferred(exchange, *request, *renamed);
    const auto done = co_await renaming_pool(exchange).run([&] { return transfer(exchange, engine::move, *request); });
    co_return transferred(exchange, *request, done);
}

}  // namespace davit::http
