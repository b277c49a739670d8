#include "davit/engine/propfind.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "davit/engine/conditions.hpp"
#include "present.hpp"

namespace davit::engine {
namespace {

/// A collection that is not yet listed, with its chain of ancestors.
struct Pending {
    Member member;
    std::size_t level = 0;        ///< 0: the Request-URI
    bool has_properties = false;  ///< its properties are read when it is listed, so that waiting siblings stay small
    bool linked = false;          ///< reached through a link
};

struct Identity {
    std::uint64_t device;
    std::uint64_t inode;
    bool operator==(const Identity&) const = default;
};

}  // namespace

/// Walks depth first with one open listing at a time. Collections met in a listing are remembered as paths and visited
/// after it ends. So the number of descriptors does not grow with the depth of the tree, and memory grows only with the
/// number of sibling collections on the way down.
struct Propfind::Walk {
    const Services& services;
    PropfindRequest request;
    bool of_collection = false;
    std::optional<Member> root;  ///< the Request-URI's resource, until the walk has returned it
    std::vector<Pending> pending;
    std::vector<Identity> ancestors;  ///< of the open listing; detects directories that are mounted into themselves
    std::set<ResourcePath> entered;   ///< entered through links, and the Request-URI: canonical paths of collections
    std::unique_ptr<store::Listing> listing;
    ResourcePath base;   ///< of the open listing, as its members are shown
    ResourcePath place;  ///< the same, canonical
    std::size_t level = 0;
    store::Entry entry;
    std::optional<Failure> unlisted{};  ///< the failure of the collection that next() returned last

    bool descends_from(std::size_t from) const {
        return request.depth == Depth::infinity || (request.depth == Depth::one && from == 0);
    }
    bool next(Member& member);
    bool next_entry(Member& member);
    std::optional<Failure> open(const Pending& next);
    void read_properties(Member& member) const;
    bool may_show(const ResourcePath& member) const;
    bool is_met_below(const ResourcePath& folder, const ResourcePath& collection) const;
    bool may_enter(const Pending& next);
};

/// If a collection has been removed meanwhile or is unreadable, open() reports it.
void Propfind::Walk::read_properties(Member& member) const {
    auto look = services.resources.look(member.canonical(), store::ListingContent::info_and_properties,
                                        store::Waiting::allowed);
    if (!look) return;
    member.properties = std::move(look->properties);
    member.properties_hidden = look->properties_hidden;
}

bool Propfind::Walk::may_show(const ResourcePath& member) const {
    const auto& asker = request.target.caller;
    return asker.may_read(member) && (!entry.target || asker.may_see(*entry.target)) &&
           std::ranges::all_of(entry.via, [&](const auto& link) { return asker.may_see(link); });
}

/// True when the walk through `folder` reaches `collection` without a link.
bool Propfind::Walk::is_met_below(const ResourcePath& folder, const ResourcePath& collection) const {
    if (!folder.contains(collection)) return false;
    for (auto above = collection; above != folder; above = above.parent())
        if (!request.target.caller.may_read(above)) return false;
    return true;
}

/// The walk enters each collection once, by its own path if it reaches that. Only links lead to one twice.
bool Propfind::Walk::may_enter(const Pending& next) {
    const auto& canonical = next.member.canonical();
    if (!next.linked) return next.level == 0 || entered.empty() || !entered.contains(canonical);
    const auto meets = [&](const ResourcePath& folder) { return is_met_below(folder, canonical); };
    if (meets(request.target.path) || std::ranges::any_of(entered, meets)) return false;
    entered.insert(canonical);
    entered.insert(request.target.path);
    return true;
}

bool Propfind::Walk::next_entry(Member& member) {
    ResourcePath canonical;
    while (true) {
        const auto more = listing->next(entry);
        // The response has already shown the collection as listed: a truncated response is better than one that looks
        // complete.
        if (!more) throw std::runtime_error(more.error().sentence);
        if (!*more) return false;
        canonical = place.child(entry.name);
        if (may_show(canonical)) break;
    }
    member.path = base.child(entry.name);
    member.place.reset();
    if (entry.target)
        member.place = entry.target;
    else if (canonical != member.path)
        member.place = std::move(canonical);
    member.named.reset();
    member.info = std::move(entry.info);
    member.properties = std::move(entry.properties);
    member.properties_hidden = entry.properties_hidden;
    member.utf8.reset();
    return true;
}

/// Opens the listing of a collection if it is to be listed. A failure becomes that collection's own status.
std::optional<Failure> Propfind::Walk::open(const Pending& next) {
    if (!next.member.info || !next.member.info->collection || !descends_from(next.level)) return std::nullopt;
    if (!may_enter(next)) return std::nullopt;
    const Identity identity{next.member.info->device, next.member.info->identity};
    if (ancestors.size() > next.level) ancestors.resize(next.level);
    if (std::ranges::find(ancestors, identity) != ancestors.end()) return std::nullopt;
    const auto content =
        request.with_properties ? store::ListingContent::info_and_properties : store::ListingContent::info;
    auto opened = services.resources.list(next.member.canonical(), content);
    if (!opened) return std::move(opened.error());
    ancestors.push_back(identity);
    listing = std::move(*opened);
    base = next.member.path;
    place = next.member.canonical();
    level = next.level + 1;
    return std::nullopt;
}

bool Propfind::Walk::next(Member& member) {
    unlisted.reset();
    if (root) {
        member = std::move(*root);
        root.reset();
        return true;
    }
    while (listing) {
        if (!next_entry(member)) {
            listing.reset();
            break;
        }
        if (!member.info || !member.info->collection || !descends_from(level)) return true;
        const bool has_properties = !member.properties.empty();
        member.properties = {};
        pending.push_back({std::move(member), level, has_properties, entry.target.has_value()});
    }
    if (pending.empty()) return false;
    auto popped = std::move(pending.back());
    pending.pop_back();
    if (popped.has_properties) read_properties(popped.member);
    // stat() works although the server may not list the collection: only its members are missing.
    unlisted = open(popped);
    if (unlisted && !lacks_permission(unlisted->code)) popped.member.info = std::unexpected(*unlisted);
    member = std::move(popped.member);
    return true;
}

std::size_t Propfind::property_bytes() const {
    return walk_->root ? walk_->root->properties.bytes() : 0;
}

Propfind::Propfind(std::unique_ptr<Walk> walk) : walk_(std::move(walk)) {}
Propfind::Propfind(Propfind&&) noexcept = default;
Propfind::~Propfind() = default;

Answer<Member> look_at(const Services& services, const PropfindRequest& request, store::Waiting waiting) {
    const auto& path = request.target.path;
    if (const auto held = check_if(services, request.target); !held) return std::unexpected(held.error());
    ask(services, Gate::existence);
    const auto content =
        request.with_properties ? store::ListingContent::info_and_properties : store::ListingContent::info;
    auto look = services.resources.look(path, content, waiting);
    if (!look) return std::unexpected(std::move(look.error()));
    if (auto right = check_slash(request.target, look->info); !right) return std::unexpected(std::move(right.error()));
    if (look->info.collection && request.depth == Depth::infinity && !services.policy.propfind_infinity)
        return std::unexpected(Failure{FailureCode::depth_infinity_refused,
                                       "This server lists with Depth 0 or 1; ask for one collection at a time.",
                                       {}});
    return Member{path, look->info, std::move(look->properties), {}, request.named, look->properties_hidden};
}

Answer<Propfind> Propfind::begin(const Services& services, const PropfindRequest& request) {
    auto root = look_at(services, request, store::Waiting::allowed);
    if (!root) return std::unexpected(std::move(root.error()));
    auto walk = std::make_unique<Walk>(services, request, root->info->collection);
    Pending first{std::move(*root), 0};
    if (auto failure = walk->open(first)) return std::unexpected(std::move(*failure));
    walk->root = std::move(first.member);
    return Propfind(std::move(walk));
}

const Failure* Propfind::unlisted() const {
    return walk_->unlisted ? &*walk_->unlisted : nullptr;
}

bool Propfind::of_collection() const {
    return walk_->of_collection;
}

bool Propfind::next(Member& member) {
    return walk_->next(member);
}

}  // namespace davit::engine
