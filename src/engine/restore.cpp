#include "davit/engine/restore.hpp"

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

Failure occupied() {
    return {FailureCode::overwrite_refused, "Something stands there; say so if it is to be replaced.", {}};
}

/// What stands at the place now.
Result<std::optional<store::ResourceInfo>> check(const Services& services, const RestoreRequest& request) {
    const auto& target = request.target;
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(std::move(begun.error()));
    if (target.path.is_root()) return fail(FailureCode::root_immutable, "The root collection cannot be replaced.");
    auto there = look_up(services, target.path);
    if (!there) return there;
    if (!*there) {
        if (auto parent = require_parent(services, target.caller, target.path); !parent)
            return std::unexpected(std::move(parent.error()));
        if (auto open = may_change_membership(services, target, target.path); !open)
            return std::unexpected(std::move(open.error()));
    }
    if (auto open = may_change(services, target, target.path); !open) return std::unexpected(std::move(open.error()));
    if (*there && !request.overwrite) return std::unexpected(occupied());
    if (const auto members = locked_members(services, target, target.path); !members.empty())
        return std::unexpected(refuse_untouched(members, 1).failure);
    return there;
}

}  // namespace

Answer<bool> restore(const Services& services, store::TrashStore& trash, const RestoreRequest& request) {
    const auto there = check(services, request);
    if (!there) return std::unexpected(there.error());
    const auto replace = request.overwrite ? store::Replace::may_exist : store::Replace::must_not_exist;
    const auto& place = request.target.path;
    auto created = replacing(services, place, *there,
                             [&] { return trash.restore(request.id, place, replace, actor(request.target)); });
    if (!created && created.error().code == FailureCode::already_exists) return std::unexpected(occupied());
    if (!created) return std::unexpected(std::move(created.error()));
    return *created;
}

}  // namespace davit::engine
