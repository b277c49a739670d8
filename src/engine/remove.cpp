#include "davit/engine/remove.hpp"

#include "davit/engine/lock_rules.hpp"
#include "preconditions.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

class DeleteQuestions final : public WriteQuestions {
public:
    DeleteQuestions(const Services& services, const Target& target, Depth depth)
        : WriteQuestions(services, target), depth_(depth) {}

    Answer<void> existence() override {
        auto info = require(services_, target_);
        if (!info) return std::unexpected(std::move(info.error()));
        collection_ = info->collection;
        there_ = *info;
        return {};
    }
    Answer<void> place() override {
        if (!target_.caller.is_top(target_.path)) return {};
        return std::unexpected(stays(target_.path, "deleted"));
    }
    /// RFC 4918, 9.6.1: a client must not send any other Depth for a collection.
    Answer<void> depth() override {
        if (!collection_ || depth_ == Depth::infinity) return {};
        return fail(FailureCode::depth_not_allowed, "Depth: only infinity may be sent when deleting a collection.");
    }
    Answer<void> locks() override {
        if (auto open = may_change_membership(services_, target_, target_.path); !open) return open;
        if (auto open = may_change(services_, target_, target_.path); !open) return open;
        locked = locked_members(services_, target_, target_.path);
        if (locked.empty() || by_parts()) return {};
        return std::unexpected(refuse_untouched(locked, 1));
    }
    Answer<void> conditions() override { return check_conditions(there_); }

    /// True when the operation continues although a member failed.
    bool by_parts() const { return collection_ && services_.policy.trees == plan::Atomicity::best_effort; }

    FailedMembers locked;

private:
    Depth depth_;
    bool collection_ = false;
    std::optional<store::ResourceInfo> there_;
};

}  // namespace

Answer<void> remove(const Services& services, const Target& target, Depth depth) {
    DeleteQuestions questions(services, target, depth);
    if (auto passed = check_preconditions(questions); !passed) return passed;
    const bool by_parts = questions.by_parts();
    if (!questions.locked.empty()) {
        if (auto free = services.resources.check_no_mount_inside(target.path); !free)
            return std::unexpected(refuse_for_member(services, target.caller, std::move(free.error())));
        return remove_members(services, target);
    }
    // Even a best-effort operation runs in one step when that succeeds.
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
