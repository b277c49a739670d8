#include "davit/engine/remove.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "davit/engine/lock_rules.hpp"
#include "lock_facts.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

Result<store::ResourceInfo> may_remove(const Services& services, const Target& target) {
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    if (target.path.is_root()) return fail(FailureCode::permission_denied, "The root collection cannot be deleted.");
    auto info = require(services, target.path);
    if (!info) return info;
    if (auto open = may_change_membership(services, target, target.path); !open) return std::unexpected(open.error());
    if (auto open = may_change(services, target, target.path); !open) return std::unexpected(open.error());
    const auto result = check_representation(target, *info, false);
    if (!result) return std::unexpected(result.error());
    return info;
}

/// RFC 4918, 9.6.1 allows a plain 4xx for a collection that was not touched; clients that take any 2xx for success
/// need it. Every lock in the way is named.
Refusal refuse_whole(const std::vector<Failure>& members) {
    Refusal refusal(members.front());
    auto& whole = refusal.failure;
    for (const auto& member : members | std::views::drop(1)) {
        std::ranges::copy(member.culprits, std::back_inserter(whole.culprits));
        std::ranges::copy(member.facts.locks, std::back_inserter(whole.facts.locks));
    }
    cap_culprits(whole);
    refusal.culprit = members.front().culprits.front();
    refusal.dependents = 1;
    return refusal;
}

}  // namespace

Answer<void> remove(const Services& services, const Target& target) {
    const auto info = may_remove(services, target);
    if (!info) return std::unexpected(info.error());
    const bool by_parts = info->collection && services.policy.trees == plan::Atomicity::best_effort;
    if (const auto members = unsubmitted_below(services, target, target.path); !members.empty()) {
        if (by_parts) {
            if (auto free = services.resources.check_no_mount_inside(target.path); !free)
                return std::unexpected(refuse_for_member(target.caller, std::move(free.error())));
            return remove_members(services, target);
        }
        return std::unexpected(refuse_whole(members));
    }
    // Even as much as possible is best done in one step where that can be.
    auto removed = services.resources.remove(target.path, actor(target));
    if (has_happened(removed)) services.locks.remove_tree(target.path);
    if (removed) return {};
    const auto code = removed.error().code;
    if (by_parts && (code == FailureCode::permission_denied || code == FailureCode::member_not_removable))
        return remove_members(services, target);
    if (code == FailureCode::mount_inside || code == FailureCode::member_not_removable)
        return std::unexpected(refuse_for_member(target.caller, std::move(removed.error())));
    return std::unexpected(std::move(removed.error()));
}

}  // namespace davit::engine
