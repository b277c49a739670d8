#include "davit/http/enter.hpp"

#include <algorithm>

#include "davit/http/error_reply.hpp"
#include "davit/http/login.hpp"

namespace davit::http {
namespace {

Export* export_of(Shared& shared, const ResourcePath& url) {
    const auto found = std::ranges::find_if(shared.exports, [&](const auto& each) { return each->url.contains(url); });
    return found == shared.exports.end() ? nullptr : found->get();
}

constexpr std::size_t longest_name = 255;  ///< NAME_MAX

/// The folder named like the user; nothing for names no folder can have, or that are the server's own.
std::optional<ResourcePath> home_of(const Identity& who) {
    if (who.name.size() > longest_name) return std::nullopt;
    auto path = ResourcePath::from_decoded(who.name);
    if (!path || path->str() != who.name || path->depth() != 1) return std::nullopt;
    return *path;
}

}  // namespace

std::optional<Reply> enter(Exchange& exchange) {
    if (exchange.shared.exports.empty()) return std::nullopt;
    auto* found = export_of(exchange.shared, exchange.path);
    exchange.where = found ? found : &exchange.shared.whole;
    exchange.mapping = found ? PathMapping{found->url, {}} : PathMapping{};
    if (!found) return std::nullopt;
    if (found->homes) {
        if (!exchange.identity)
            return refuse_rights(exchange,
                                 {FailureCode::insufficient_privileges, "Homes are for those who have logged in.", {}});
        const auto home = home_of(*exchange.identity);
        if (!home) return refuse(exchange, FailureCode::user_name_unusable, "No folder can have this user's name.");
        exchange.mapping.tree = *home;
    }
    const auto path = exchange.mapping.to_tree(exchange.path);
    if (!path) return refuse(exchange, FailureCode::reserved_name, std::string(explain(PathError::reserved)));
    exchange.path = *path;
    return std::nullopt;
}

bool is_furnished(const Exchange& exchange) {
    if (!exchange.where->homes || !exchange.where->make_home) return true;
    const auto home = exchange.services().resources.stat(exchange.mapping.tree, store::Waiting::refused);
    return home && home->collection;
}

Task<std::optional<Reply>> furnish(Exchange& exchange) {
    const auto& name = exchange.identity->name;
    const auto made = co_await exchange.shared.workers.run([&] { return exchange.where->make_home(name); });
    if (!made) co_return refuse(exchange, engine::Refusal(made.error()));
    co_return std::nullopt;
}

}  // namespace davit::http
