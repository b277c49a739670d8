#include "davit/http/resolve_paths.hpp"

#include <algorithm>

#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"

namespace davit::http {
namespace {

using store::LastLink;

using NamedPath = Exchange::NamedPath;
using NamedPaths = std::vector<NamedPath>;

bool has_tags(const Exchange& exchange) {
    const auto text = exchange.joined(Field::if_);
    const auto first = text.find_first_not_of(" \t");
    return first != text.npos && text[first] == '<';
}

/// The paths in the tags of If. Mistakes in a field are the handler's to find.
std::vector<ResourcePath> tags_of(const Exchange& exchange) {
    std::vector<ResourcePath> paths;
    // Lists without tags begin with a parenthesis, and no header has both.
    if (!exchange.has(Field::if_) || !has_tags(exchange)) return paths;
    const auto conditions = decode_preconditions(exchange);
    if (!conditions || !conditions->if_header) return paths;
    for (const auto& list : conditions->if_header->lists)
        if (list.tag && list.tag->path && std::ranges::find(paths, *list.tag->path) == paths.end())
            paths.push_back(*list.tag->path);
    return paths;
}

/// A home may itself be a link to a folder elsewhere: then that folder is the home. False: the disk has to be waited
/// for.
bool find_home(Exchange& exchange, store::Waiting waiting) {
    if (!exchange.where->homes) return true;
    auto& tree = exchange.mapping.tree;
    const auto home = exchange.services().resources.resolve(tree, LastLink::followed, waiting);
    if (!home) return false;
    if (home->links.empty() || home->failure || home->leads_to) return true;
    exchange.path = PathMapping{home->path, tree}.to_url(exchange.path);
    tree = home->path;
    return true;
}

/// What lies outside of the user's home has no URL here, whatever leads there.
store::Resolved keep_inside(const ResourcePath& tree, const ResourcePath& asked, store::Resolved found) {
    const auto inside = [&](const ResourcePath& path) { return tree.contains(path); };
    if (inside(found.path) && (!found.leads_to || inside(*found.leads_to)) && std::ranges::all_of(found.links, inside))
        return found;
    // A home has the very name of its user, whatever else is there that looks like it.
    if (found.links.empty()) return {asked};
    Failure failure{FailureCode::outside_root, "This leads out of the served folder.", {}};
    return {.path = asked, .failure = std::move(failure)};
}

/// False: the disk has to be waited for.
bool resolve(Exchange& exchange, const ResourcePath& path, LastLink last, store::Waiting waiting, NamedPaths& into) {
    auto found = exchange.services().resources.resolve(path, last, waiting);
    if (!found) return false;
    found = keep_inside(exchange.mapping.tree, path, std::move(*found));
    const bool plain = found->path == path && found->links.empty() && !found->leads_to && !found->failure;
    if (!plain) into.push_back({path, std::move(*found)});
    return true;
}

void take_path(Exchange& exchange, const ResourcePath& asked) {
    const auto* found = exchange.resolved(asked);
    if (!found || found->failure || found->path == asked) return;
    exchange.path_as_asked = asked;
    exchange.path = found->path;
}

/// Of a link that is to be deleted or moved: conditions may speak of what it leads to.
bool find_link_target(Exchange& exchange, const MethodRow& row, store::Waiting waiting) {
    if (row.last_link != LastLink::kept || !exchange.has(Field::if_)) return true;
    const auto target = exchange.services().resources.resolve(exchange.path, LastLink::followed, waiting);
    if (!target) return false;
    const bool other = target->path != exchange.path && !target->failure && !target->leads_to;
    if (other && exchange.mapping.tree.contains(target->path)) exchange.link_target = target->path;
    return true;
}

/// For the locks of collections that have these links as members.
void note_links(Exchange& exchange) {
    const auto note = [&](const NamedPaths& paths, bool in_if) {
        for (const auto& named : paths)
            if (!named.is.failure)
                for (const auto& link : named.is.links) exchange.passed_links.push_back({link, named.is.path, in_if});
    };
    note(exchange.named_paths, false);
    note(exchange.tagged_paths, true);
}

bool resolve_all(Exchange& exchange, const MethodRow& row, store::Waiting waiting) {
    forget_paths(exchange);
    if (!find_home(exchange, waiting)) return false;
    const auto asked = exchange.path;
    const auto tags = tags_of(exchange);
    auto destination = row.needs_at_destination.empty() || !exchange.has(Field::destination)
                           ? std::nullopt
                           : std::optional(decode_destination_as_named(exchange));
    if (!resolve(exchange, asked, row.last_link, waiting, exchange.named_paths)) return false;
    const bool other = destination && *destination && **destination != asked;
    if (other && !resolve(exchange, **destination, LastLink::kept, waiting, exchange.named_paths)) return false;
    for (const auto& tag : tags)
        if (!resolve(exchange, tag, LastLink::followed, waiting, exchange.tagged_paths)) return false;
    take_path(exchange, asked);
    note_links(exchange);
    return find_link_target(exchange, row, waiting);
}

}  // namespace

void forget_paths(Exchange& exchange) {
    if (exchange.path_as_asked) exchange.path = std::move(*exchange.path_as_asked);
    exchange.path_as_asked.reset();
    exchange.named_paths.clear();
    exchange.tagged_paths.clear();
    exchange.passed_links.clear();
    exchange.link_target.reset();
}

bool resolve_paths_at_once(Exchange& exchange, const MethodRow& row, store::Waiting waiting) {
    return resolve_all(exchange, row, waiting);
}

Task<> resolve_paths(Exchange& exchange, const MethodRow& row) {
    (void)co_await exchange.shared.workers.run([&] { return resolve_all(exchange, row, store::Waiting::allowed); });
}

bool names_many(const Exchange& exchange) {
    constexpr std::size_t many = 2048;  ///< bytes: some dozens of tokens, with the paths of what they lock
    return exchange.has(Field::if_) && (exchange.repeats(Field::if_) || exchange.field(Field::if_).size() > many);
}

bool needs_resolving(const Exchange& exchange) {
    return exchange.services().resources.needs_resolving(exchange.path);
}

std::optional<Reply> refuse_unreachable(Exchange& exchange) {
    if (exchange.named_paths.empty()) return std::nullopt;
    if (const auto* found = exchange.resolved(exchange.asked_path()); found && found->failure)
        return refuse(exchange, engine::Refusal(*found->failure));
    if (!exchange.has(Field::destination)) return std::nullopt;
    const auto destination = decode_destination_url(exchange);
    const auto asked = destination ? exchange.mapping.to_tree(*destination) : std::nullopt;
    const auto* found = asked ? exchange.resolved(*asked) : nullptr;
    if (!found || !found->failure) return std::nullopt;
    auto failure = *found->failure;
    failure.sentence.insert(0, "Destination: ");
    return refuse(exchange, engine::Refusal(std::move(failure)));
}

Result<ResourcePath> resolve_place(Exchange& exchange, const ResourcePath& path) {
    auto found = exchange.services().resources.resolve(path, LastLink::kept, store::Waiting::allowed);
    if (!found) return std::unexpected(std::move(found.error()));
    if (found->failure) return std::unexpected(std::move(*found->failure));
    for (const auto& link : found->links) exchange.passed_links.push_back({link, found->path, false});
    return std::move(found->path);
}

}  // namespace davit::http
