#include "davit/engine/remove.hpp"

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

Result<store::ResourceInfo> may_remove(const Services& services, const Target& target, Depth depth) {
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    ask(services, Gate::existence);
    if (target.path.is_root()) return fail(FailureCode::root_immutable, "The root collection cannot be deleted.");
    auto info = require(services, target);
    if (!info) return info;
    // RFC 4918, 9.6.1: a client must not send another one for a collection.
    if (info->collection && depth != Depth::infinity)
        return fail(FailureCode::depth_not_allowed, "Depth: only infinity may be sent when deleting a collection.");
    if (auto open = may_change_membership(services, target, target.path); !open) return std::unexpected(open.error());
    if (auto open = may_change(services, target, target.path); !open) return std::unexpected(open.error());
    ask(services, Gate::conditions);
    const auto result = check_representation(target, *info, false);
    if (!result) return std::unexpected(result.error());
    return info;
}

}  // namespace

Answer<void> remove(const Services& services, const Target& target, Depth depth) {
    const auto info = may_remove(services, target, depth);
    if (!info) return std::unexpected(info.error());
    const bool by_parts = info->collection && services.policy.trees == plan::Atomicity::best_effort;
    if (const auto members = locked_members(services, target, target.path); !members.empty()) {
        if (by_parts) {
            if (auto free = services.resources.check_no_mount_inside(target.path); !free)
                return std::unexpected(refuse_for_member(services, target.caller, std::move(free.error())));
            return remove_members(services, target);
        }
        return std::unexpected(refuse_untouched(members, 1));
    }
    // Even as much as possible is best done in one step where that can be.
    auto removed = services.resources.remove(target.path, actor(target));
    if (has_happened(removed)) services.locks.remove_tree(target.path);
    if (removed) return {};
    const auto code = removed.error().code;
    if (by_parts && (lacks_permission(code) || code == FailureCode::member_not_removable))
        return remove_members(services, target);
    if (code == FailureCode::mount_inside || code == FailureCode::member_not_removable)
        return std::unexpected(refuse_for_member(services, target.caller, std::move(removed.error())));
    return std::unexpected(std::move(removed.error()));
}

}  // namespace davit::engine
