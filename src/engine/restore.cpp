#include "davit/engine/restore.hpp"

#include "davit/engine/lock_rules.hpp"
#include "preconditions.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

Failure occupied() {
    return {FailureCode::overwrite_refused, "The target exists. Send Overwrite: T to replace it.", {}};
}

class RestoreQuestions final : public WriteQuestions {
public:
    RestoreQuestions(const Services& services, const RestoreRequest& request)
        : WriteQuestions(services, request.target), overwrite_(request.overwrite) {}

    Answer<void> existence() override {
        auto info = look_up(services_, target_.path);
        if (!info) return std::unexpected(std::move(info.error()));
        there = *info;
        return {};
    }
    Answer<void> place() override {
        if (!target_.path.is_root()) return {};
        return fail(FailureCode::root_immutable, "The root collection cannot be replaced.");
    }
    Answer<void> parent() override {
        if (there) return {};
        return require_parent(services_, target_.caller, target_.path);
    }
    Answer<void> locks() override {
        if (!there)
            if (auto open = may_change_membership(services_, target_, target_.path); !open) return open;
        if (auto open = may_change(services_, target_, target_.path); !open) return open;
        if (const auto members = locked_members(services_, target_, target_.path); !members.empty())
            return std::unexpected(Refusal(refuse_untouched(members, 1).failure));
        return {};
    }
    Answer<void> overwrite() override {
        if (there && !overwrite_) return std::unexpected(occupied());
        return {};
    }

    std::optional<store::ResourceInfo> there;

private:
    bool overwrite_;
};

}  // namespace

Answer<bool> restore(const Services& services, store::TrashStore& trash, const RestoreRequest& request) {
    RestoreQuestions questions(services, request);
    if (auto passed = check_preconditions(questions); !passed) return std::unexpected(std::move(passed.error()));
    const auto replace = request.overwrite ? store::Replace::may_exist : store::Replace::must_not_exist;
    const auto& place = request.target.path;
    auto created = replacing(services, place, questions.there,
                             [&] { return trash.restore(request.id, place, replace, actor(request.target)); });
    if (!created && created.error().code == FailureCode::already_exists) return std::unexpected(occupied());
    if (!created) return std::unexpected(std::move(created.error()));
    return *created;
}

}  // namespace davit::engine
