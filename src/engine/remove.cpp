#include "davit/engine/remove.hpp"

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

Result<store::ResourceInfo> check(const Services& services, const Target& target) {
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    if (target.path.is_root()) return fail(FailureCode::permission_denied, "The root collection cannot be deleted.");
    auto info = require(services, target.path);
    if (!info) return info;
    if (auto open = may_change_membership(services, target, target.path); !open) return std::unexpected(open.error());
    if (auto open = may_change(services, target, target.path); !open) return std::unexpected(open.error());
    const auto result = check_representation(target.preconditions, *info, false);
    if (!result) return std::unexpected(result.error());
    return info;
}

/// RFC 4918, 9.6.1 allows a plain 4xx for a collection that was not touched; clients that take any 2xx for success
/// need it. Every lock in the way is named.
Refusal refuse_whole(const std::vector<Failure>& members) {
    Refusal refusal(members.front());
    for (std::size_t i = 1; i < members.size(); ++i)
        refusal.failure.culprits.insert(refusal.failure.culprits.end(), members[i].culprits.begin(),
                                        members[i].culprits.end());
    refusal.culprit = members.front().culprits.front();
    refusal.dependents = 1;
    return refusal;
}

}  // namespace

Answer<void> remove(const Services& services, const Target& target) {
    const auto info = check(services, target);
    if (!info) return std::unexpected(info.error());
    if (info->collection && services.policy.trees == plan::Atomicity::best_effort)
        return remove_members(services, target);
    if (const auto members = unsubmitted_below(services, target, target.path); !members.empty())
        return std::unexpected(refuse_whole(members));
    auto removed = services.resources.remove(target.path);
    // `unknown`: it is gone, only whether it stays so after a crash is not.
    if (removed || removed.error().changed == Changed::unknown) services.locks.remove_tree(target.path);
    if (!removed) return std::unexpected(std::move(removed.error()));
    return {};
}

}  // namespace davit::engine
