#include "davit/engine/restore.hpp"

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"

namespace davit::engine {
namespace {

Failure occupied() {
    return {FailureCode::overwrite_refused, "Something stands there; say so if it is to be replaced.", {}};
}

Result<void> check(const Services& services, const RestoreRequest& request) {
    const auto& target = request.target;
    if (auto begun = may_begin(services, target); !begun) return begun;
    if (target.path.is_root()) return fail(FailureCode::permission_denied, "The root collection cannot be replaced.");
    const auto there = look_up(services, target.path);
    if (!there) return std::unexpected(there.error());
    if (!*there) {
        if (auto parent = require_parent(services, target.path); !parent) return parent;
        if (auto open = may_change_membership(services, target, target.path); !open) return open;
    }
    if (auto open = may_change(services, target, target.path); !open) return open;
    if (*there && !request.overwrite) return std::unexpected(occupied());
    if (auto members = unsubmitted_below(services, target, target.path); !members.empty())
        return std::unexpected(std::move(members.front()));
    return {};
}

}  // namespace

Answer<bool> restore(const Services& services, store::TrashStore& trash, const RestoreRequest& request) {
    if (const auto sound = check(services, request); !sound) return std::unexpected(sound.error());
    const auto replace = request.overwrite ? store::Replace::may_exist : store::Replace::must_not_exist;
    const auto& place = request.target.path;
    auto created = trash.restore(request.id, place, replace, actor(request.target));
    if (!created && created.error().code == FailureCode::already_exists) return std::unexpected(occupied());
    if (!created) return std::unexpected(std::move(created.error()));
    if (auto forgotten = forget_replaced(services, place); !forgotten) return std::unexpected(forgotten.error());
    return *created;
}

}  // namespace davit::engine
