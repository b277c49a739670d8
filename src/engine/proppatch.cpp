#include "davit/engine/proppatch.hpp"

#include <algorithm>

#include "davit/engine/lock_rules.hpp"
#include "preconditions.hpp"
#include "present.hpp"
#include "property_budget.hpp"
#include "property_plan.hpp"

namespace davit::engine {
namespace {

/// Deviates from RFC 4918, 6.4 when configured so: Office sets times under its own lock without the token.
bool may_be_waived(const Services& services, const Target& target) {
    const auto own = [&](const auto& lock) { return lock->principal == target.caller.principal; };
    return services.policy.windows_without_token &&
           std::ranges::all_of(locks_over(services, target.caller, target.path), own);
}
bool is_waived(const PropertyUpdate& update) {
    constexpr std::string_view windows = "urn:schemas-microsoft-com:";
    return std::ranges::all_of(update, [&](const auto& each) { return subject(each).ns == windows; });
}

class ProppatchQuestions final : public WriteQuestions {
public:
    /// `update` is null before the body has been read.
    ProppatchQuestions(const Services& services, const Target& target, const PropertyUpdate* update)
        : WriteQuestions(services, target), update_(update) {}

    Answer<void> existence() override {
        auto info = require(services_, target_);
        if (!info) return std::unexpected(std::move(info.error()));
        there = *info;
        return {};
    }
    Answer<void> locks() override {
        auto open = may_change(services_, target_, target_.path);
        if (open || (may_be_waived(services_, target_) && (!update_ || is_waived(*update_)))) return {};
        return open;
    }
    Answer<void> conditions() override { return check_conditions(there); }

    std::optional<store::ResourceInfo> there;

private:
    const PropertyUpdate* update_;
};

}  // namespace

Answer<void> may_proppatch(const Services& services, const Target& target) {
    ProppatchQuestions questions(services, target, nullptr);
    return check_preconditions(questions);
}

Answer<ProppatchOutcome> proppatch(const Services& services, const ProppatchRequest& request) {
    const auto& path = request.target.path;
    ProppatchQuestions questions(services, request.target, &request.update);
    if (auto passed = check_preconditions(questions); !passed) return std::unexpected(std::move(passed.error()));
    const auto& info = questions.there;
    const auto before = services.properties.read(path, request.waiting);
    if (!before) return std::unexpected(before.error());
    StagedChange staged;
    PropertyBudget budget(services.policy, *before, request.update);
    auto report = plan::execute(property_plan(request.update), [&](plan::StepIndex step) {
        auto failure = stage(request.update[step], services.policy, *info, staged);
        return failure ? std::move(failure) : budget.count(request.update[step]);
    });
    const auto judge = [&](plan::StepIndex step) {
        StagedChange unused;
        return stage(request.update[step], services.policy, *info, unused);
    };
    if (!report.succeeded()) return std::unexpected(property_refusal(report, path, info->collection, judge));
    store::PropertyChange change{*before, staged.modified, staged.executable};
    change.properties->apply(std::move(staged.properties));
    if (*change.properties == *before) change.properties.reset();  // an unchanged set needs no write and no sync
    if (change.properties || change.modified || change.executable) {
        if (const auto written = services.properties.write(path, change); !written) {
            report.commit_failed(written.error());
            return std::unexpected(property_refusal(report, path, info->collection, judge));
        }
    }
    if (request.minimal) return ProppatchOutcome{info->collection, std::nullopt};
    return ProppatchOutcome{info->collection, property_answer(report, path, info->collection)};
}

}  // namespace davit::engine
