#include "tree_plan.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <set>

#include "davit/engine/lock_rules.hpp"
#include "lock_facts.hpp"
#include "present.hpp"

namespace davit::engine {
namespace {

struct Node {
    ResourcePath path;
    bool collection = false;
    std::size_t parent = 0;  ///< index of the parent collection; the root's parent is itself
};

Result<void> list_into(const Services& services, std::vector<Node>& nodes, std::size_t at,
                       const store::Deadline& until) {
    constexpr std::size_t entries_between_checks = 256;
    if (until.is_over()) return std::unexpected(store::out_of_time());
    auto listing = services.resources.list(nodes[at].path, store::ListingContent::info);
    if (!listing) return std::unexpected(std::move(listing.error()));
    store::Entry entry;
    while (true) {
        const auto more = (*listing)->next(entry);
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        if (nodes.size() >= max_tree_steps)
            return fail(FailureCode::tree_too_large, "The tree holds more than " + std::to_string(max_tree_steps) +
                                                         " resources; change it in parts.");
        if (nodes.size() % entries_between_checks == 0 && until.is_over()) return std::unexpected(store::out_of_time());
        // A link is one entry, whatever its target.
        const bool collection = entry.info && entry.info->collection && !entry.target;
        nodes.push_back({nodes[at].path.child(entry.name), collection, at});
    }
}

/// Lists parents before members. If the server may not list a collection, that collection is the failure's culprit.
Result<std::vector<Node>> collect(const Services& services, const ResourcePath& root, const store::Deadline& until) {
    std::vector<Node> nodes{{root, true, 0}};
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        if (!nodes[at].collection) continue;
        auto listed = list_into(services, nodes, at, until);
        if (listed) continue;
        auto& failure = listed.error();
        if (lacks_permission(failure.code) && failure.culprits.empty()) failure.culprits.push_back(nodes[at].path);
        return std::unexpected(std::move(failure));
    }
    return nodes;
}

/// Members before parents: removing a collection requires that all its members are gone.
plan::Plan removal_plan(const std::vector<Node>& nodes) {
    plan::Plan plan{plan::Atomicity::best_effort, std::vector<plan::Step>(nodes.size())};
    const auto step_of = [&](std::size_t node) { return nodes.size() - 1 - node; };
    for (std::size_t node = nodes.size(); node-- > 0;) {
        plan.steps[step_of(node)].subject = nodes[node].path;
        if (node > 0) plan.steps[step_of(nodes[node].parent)].needs.push_back(step_of(node));
    }
    return plan;
}

/// Parents before members: a member requires its parent collection.
plan::Plan transfer_plan(const std::vector<Node>& nodes) {
    plan::Plan plan{plan::Atomicity::best_effort, {}};
    plan.steps.reserve(nodes.size());
    for (std::size_t node = 0; node < nodes.size(); ++node) {
        plan.steps.push_back({nodes[node].path, {}});
        if (node > 0) plan.steps.back().needs.push_back(nodes[node].parent);
    }
    return plan;
}

std::optional<Failure> remove_one(const Services& services, const Target& target, const ResourcePath& path,
                                  const store::Deadline& until) {
    if (until.is_over()) return store::out_of_time();
    if (auto open = may_change(services, target, path); !open) return std::move(open.error());
    auto removed = services.resources.remove(path, actor(target));
    if (has_happened(removed)) services.locks.remove_tree(path);
    if (!removed) return std::move(removed.error());
    return std::nullopt;
}

/// Marks a failed collection, so that its href ends in a slash.
std::optional<Failure> about(const Node& node, std::optional<Failure> failure) {
    if (failure && node.collection) failure->facts.collections.push_back(node.path);
    return failure;
}

ResourcePath moved_path(const ResourcePath& path, const ResourcePath& from, const ResourcePath& to) {
    if (path == from) return to;
    const auto rest = std::string_view(path.str()).substr(from.str().size() + (from.is_root() ? 0 : 1));
    return to.child(rest);
}

std::optional<Failure> copy_one(const Services& services, const TransferRequest& request, const ResourcePath& from,
                                const store::Deadline& until) {
    if (until.is_over()) return store::out_of_time();
    const auto to = moved_path(from, request.target.path, request.destination);
    if (auto open = may_change(services, request.target, to); !open) return std::move(open.error());
    auto copied = services.resources.copy_member(from, to, {request.target.path, request.destination},
                                                 actor(request.target), until);
    if (copied) return std::nullopt;
    return std::move(copied.error());
}

/// Names no member that the user may not read: the Request-URI represents them.
Failure untold(const Caller& asker, FailureCode code) {
    return {code, "Something in this tree could not be changed.", {asker.access->asked()}};
}

/// `touched`: the request changed something before the plan began.
std::optional<Refusal> refusal_of(const plan::Report& report, const Caller& asker, bool touched) {
    if (report.succeeded()) return std::nullopt;
    FailedMembers members;
    std::optional<Failure> hidden;
    for (const auto cause : report.causes()) {
        const auto& path = std::get<ResourcePath>(report.plan().steps[cause].subject);
        if (asker.may_name(path))
            members.emplace_back(path, report.failure(cause));
        else if (!hidden)
            hidden = untold(asker, report.failure(cause).code);
    }
    if (hidden) members.emplace_back(asker.access->asked(), std::move(*hidden));
    const bool done = std::ranges::any_of(
        report.outcomes(), [](const auto& outcome) { return std::holds_alternative<plan::Succeeded>(outcome); });
    return touched || done ? refuse_members(members, report.dependents())
                           : refuse_untouched(members, report.dependents());
}

}  // namespace

FailedMembers locked_members(const Services& services, const Target& target, const ResourcePath& path) {
    FailedMembers members;
    for (auto& failure : unsubmitted_below(services, target, path)) {
        auto culprit = failure.culprits.front();
        members.emplace_back(std::move(culprit), std::move(failure));
    }
    return members;
}

Refusal refuse_untouched(const FailedMembers& members, std::size_t dependents) {
    Refusal refusal(members.front().second);
    auto& whole = refusal.failure;
    whole.culprits.clear();
    whole.facts.locks.clear();
    whole.facts.collections.clear();
    std::set<ResourcePath> named;  // the Request-URI may represent several unreadable members
    const auto name = [&](const ResourcePath& path) {
        if (named.insert(path).second) whole.culprits.push_back(path);
    };
    for (const auto& [path, failure] : members) {
        if (failure.code != whole.code) continue;
        if (failure.culprits.empty()) name(path);
        std::ranges::for_each(failure.culprits, name);
        std::ranges::copy(failure.facts.locks, std::back_inserter(whole.facts.locks));
        std::ranges::copy(failure.facts.collections, std::back_inserter(whole.facts.collections));
    }
    if (whole.facts.locks.empty())
        cap_culprits(whole, "members failed");
    else
        cap_culprits(whole);
    refusal.culprit = members.front().first;
    refusal.dependents = dependents;
    return refusal;
}

Refusal refuse_members(const FailedMembers& members, std::size_t dependents) {
    Refusal refusal(members.front().second);
    refusal.culprit = members.front().first;
    refusal.dependents = dependents;
    const auto named = std::min(members.size(), max_named_members);
    if (named < members.size()) refusal.failure.sentence += " " + not_named(members.size() - named, "members failed");
    std::vector<Response> responses;
    responses.reserve(named);
    for (const auto& [path, failure] : members | std::views::take(named))
        responses.push_back({path, failure.is_locked_collection(path), EntryStatus(failure)});
    responses.front().body = EntryStatus(refusal.failure);
    refusal.body.emplace(std::move(responses));
    return refusal;
}

Refusal refuse_for_member(const Services& services, const Caller& asker, Failure failure) {
    const bool told = !failure.culprits.empty() && asker.may_name(failure.culprits.front());
    if (!told) failure.culprits.clear();
    if (told) {
        const auto& culprit = failure.culprits.front();
        const auto info = services.resources.stat(culprit);
        if (info && ends_in_slash(services, asker, culprit, *info)) failure.facts.collections.push_back(culprit);
    }
    Refusal refusal(std::move(failure));
    if (told) {
        refusal.culprit = refusal.failure.culprits.front();
        refusal.dependents = 1;
    }
    return refusal;
}

Answer<void> remove_members(const Services& services, const Target& target) {
    const auto until = deadline(services);
    const auto nodes = collect(services, target.path, until);
    if (!nodes) return std::unexpected(refuse_for_member(services, target.caller, nodes.error()));
    const auto report = plan::execute(removal_plan(*nodes), [&](plan::StepIndex step) {
        const auto& node = (*nodes)[nodes->size() - 1 - step];
        return about(node, remove_one(services, target, node.path, until));
    });
    if (auto refusal = refusal_of(report, target.caller, false)) return std::unexpected(std::move(*refusal));
    return {};
}

Answer<bool> copy_members(const Services& services, const TransferRequest& request, const Clear& clear,
                          const store::Deadline& until) {
    const auto nodes = collect(services, request.target.path, until);
    if (!nodes) return std::unexpected(refuse_for_member(services, request.target.caller, nodes.error()));
    if (until.is_over()) return std::unexpected(Refusal(store::out_of_time()));
    const auto created = clear();
    if (!created) return std::unexpected(created.error());
    const auto report = plan::execute(transfer_plan(*nodes), [&](plan::StepIndex step) {
        return about((*nodes)[step], copy_one(services, request, (*nodes)[step].path, until));
    });
    if (auto refusal = refusal_of(report, request.target.caller, !*created))
        return std::unexpected(std::move(*refusal));
    return *created;
}

Answer<bool> move_members(const Services& services, const TransferRequest& request, const Clear& clear,
                          const store::Deadline& until) {
    const auto nodes = collect(services, request.target.path, until);
    if (!nodes) return std::unexpected(refuse_for_member(services, request.target.caller, nodes.error()));
    if (until.is_over()) return std::unexpected(Refusal(store::out_of_time()));
    const auto created = clear();
    if (!created) return std::unexpected(created.error());
    // One plan: copies first, then removals. A removal requires its own copy and the removal of everything below it.
    auto plan = transfer_plan(*nodes);
    auto removals = removal_plan(*nodes);
    const auto copies = plan.steps.size();
    for (std::size_t i = 0; i < removals.steps.size(); ++i) {
        auto step = std::move(removals.steps[i]);
        for (auto& need : step.needs) need += copies;
        step.needs.push_back(copies - 1 - i);
        plan.steps.push_back(std::move(step));
    }
    const auto report = plan::execute(std::move(plan), [&](plan::StepIndex step) -> std::optional<Failure> {
        const auto& node = (*nodes)[step < copies ? step : 2 * copies - 1 - step];
        return about(node, step < copies ? copy_one(services, request, node.path, until)
                                         : remove_one(services, request.target, node.path, until));
    });
    if (auto refusal = refusal_of(report, request.target.caller, !*created))
        return std::unexpected(std::move(*refusal));
    return *created;
}

}  // namespace davit::engine
