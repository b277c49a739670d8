#include "handle_trash.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "davit/core/http_date.hpp"
#include "davit/core/utf8.hpp"
#include "davit/engine/restore.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/resolve_paths.hpp"

namespace davit::http {
namespace {

Reply json_reply(const boost::json::value& value) {
    Reply reply;
    reply.add("Content-Type", "application/json");
    reply.add("Cache-Control", "no-store");
    reply.body = as_utf8(boost::json::serialize(value)) + "\n";  // a user's name may be any bytes
    return reply;
}

boost::json::object describe(const Exchange& exchange, const store::TrashEntry& entry) {
    std::string removed;
    append_rfc3339(removed, std::chrono::floor<std::chrono::seconds>(entry.removed));
    boost::json::object out{{"id", entry.id},
                            {"href", nullptr},
                            {"collection", entry.collection},
                            {"size", entry.size},
                            {"disk_bytes", entry.on_disk},
                            {"removed", removed},
                            {"user", entry.by.principal},
                            {"request_id", entry.by.request_id}};
    if (!entry.stuck.empty()) out["stuck"] = entry.stuck;
    if (entry.path) out["href"] = exchange.href(*entry.path, entry.collection);
    return out;
}

Task<Reply> list(Exchange& exchange, const store::TrashStore& trash) {
    const auto entries = co_await exchange.shared.workers.run([&] { return trash.list(); });
    boost::json::array all;
    for (const auto& entry : entries) all.push_back(describe(exchange, entry));
    co_return json_reply(all);
}

Task<Reply> usage(Exchange& exchange, store::TrashStore& trash) {
    const auto found = co_await exchange.shared.workers.run([&] { return trash.usage_now(); });
    co_return json_reply(
        {{"bytes", found.bytes}, {"max_bytes", found.max_bytes}, {"evicted", found.evicted}, {"stuck", found.stuck}});
}

void tell(const Exchange& exchange, std::string_view what, const store::TrashEntry& entry, std::string_view to = {}) {
    OperatorAct act{what, exchange.request_id, exchange.peer, {{"entry", entry.id}}};
    if (entry.path) act.facts.emplace_back("href", exchange.href(*entry.path, entry.collection));
    if (!to.empty()) act.facts.emplace_back("to", to);
    exchange.shared.tell(act);
}

struct Discarded {
    std::vector<store::TrashEntry> entries;
    std::vector<store::TrashEntry> remaining;  ///< of these and of those before, what cannot be removed
};

/// One entry, or all. Each is out of sight at once. What a bounded effort does not remove, housekeeping does.
Task<Reply> discard(Exchange& exchange, store::TrashStore& trash, const std::string& id) {
    const auto done = co_await exchange.shared.workers.run([&]() -> Result<Discarded> {
        auto entries = trash.list();
        if (!id.empty()) {
            auto one = trash.find(id);
            if (!one) return std::unexpected(std::move(one.error()));
            entries = {std::move(*one)};
        }
        for (const auto& entry : entries)
            if (auto gone = trash.discard(entry.id); !gone && gone.error().code != FailureCode::unknown_trash_entry)
                return std::unexpected(std::move(gone.error()));
        std::erase_if(entries, [](const auto& entry) { return !entry.stuck.empty(); });  // discarded before
        return Discarded{std::move(entries), trash.empty_now()};
    });
    if (!done) co_return refuse(exchange, engine::Refusal(done.error()));
    for (const auto& entry : done->entries) tell(exchange, "trash-discarded", entry);
    if (exchange.where->housekeeping) exchange.where->housekeeping();
    boost::json::array remaining;
    for (const auto& entry : done->remaining) remaining.push_back(describe(exchange, entry));
    co_return json_reply({{"discarded", done->entries.size()}, {"remaining", std::move(remaining)}});
}

Result<ResourcePath> place_for(const Exchange& exchange, const store::TrashEntry& entry) {
    if (exchange.has(Field::destination)) return decode_destination(exchange);
    if (entry.path) return *entry.path;
    return fail(FailureCode::missing_header, "Destination: nobody knows where this stood, so a place must be named.");
}

Task<Reply> restore(Exchange& exchange, store::TrashStore& trash, const std::string& id) {
    const auto entry = co_await exchange.shared.workers.run([&] { return trash.find(id); });
    if (!entry) co_return refuse(exchange, engine::Refusal(entry.error()));
    if (!entry->stuck.empty())
        co_return refuse(exchange, FailureCode::not_found,
                         "This entry is being removed for good; a part of it may be gone already.");
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    const auto named = place_for(exchange, *entry);
    if (!named) co_return refuse(exchange, engine::Refusal(named.error()));
    const auto place = co_await exchange.shared.workers.run([&] { return resolve_place(exchange, *named); });
    if (!place) co_return refuse(exchange, engine::Refusal(place.error()));
    target->path = *place;
    target->caller = exchange.caller();  // with the links on the way to the place
    bool overwrite = false;
    if (exchange.has(Field::overwrite)) {
        const auto wanted = decode_overwrite(exchange);
        if (!wanted) co_return refuse(exchange, engine::Refusal(wanted.error()));
        overwrite = *wanted;
    }
    const engine::RestoreRequest request{std::move(*target), id, overwrite};
    const auto held = co_await claim(exchange.where->claims, engine::claim_tree(*place));
    const auto created =
        co_await exchange.shared.workers.run([&] { return engine::restore(exchange.services(), trash, request); });
    if (!created) co_return refuse(exchange, created.error());
    const auto href = exchange.href(*place, entry->collection);
    tell(exchange, "trash-restored", *entry, href);
    co_return json_reply({{"href", href}, {"created", *created}});
}

}  // namespace

Task<Reply> handle_trash(const Management& management, Exchange& exchange) {
    auto* trash = exchange.where->trash;
    if (!trash)
        co_return refuse(exchange, FailureCode::trash_unavailable, "The trash is not available on a read-only server.");
    constexpr std::string_view prefix = "trash/";
    constexpr std::string_view suffix = "/restore";
    const std::string& path = exchange.path.str();
    const auto method = exchange.method();
    if (path == "trash") {
        if (method == "GET") co_return co_await list(exchange, *trash);
        if (method == "DELETE") co_return co_await discard(exchange, *trash, {});
    } else if (method == "POST" && path.ends_with(suffix) && path.size() > prefix.size() + suffix.size()) {
        co_return co_await restore(exchange, *trash,
                                   path.substr(prefix.size(), path.size() - prefix.size() - suffix.size()));
    } else if (method == "GET" && path == "trash/usage") {
        co_return co_await usage(exchange, *trash);
    } else if (method == "DELETE") {
        co_return co_await discard(exchange, *trash, path.substr(prefix.size()));
    }
    co_return co_await handle_public(management, exchange);
}

}  // namespace davit::http
