#include "davit/engine/proppatch.hpp"

#include <algorithm>

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "property_budget.hpp"
#include "property_plan.hpp"

namespace davit::engine {
namespace {

/// Against RFC 4918, 6.4, when the configuration says so: Office sets times under its own lock without the token.
bool may_be_waived(const Services& services, const Target& target) {
    const auto own = [&](const auto& lock) { return lock->principal == target.caller.principal; };
    return services.policy.windows_without_token && std::ranges::all_of(services.locks.covering(target.path), own);
}
bool is_waived(const PropertyUpdate& update) {
    constexpr std::string_view windows = "urn:schemas-microsoft-com:";
    return std::ranges::all_of(update, [&](const auto& each) { return subject(each).ns == windows; });
}

/// `update` is null when it is not known yet.
Result<store::ResourceInfo> check(const Services& services, const Target& target, const PropertyUpdate* update) {
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    auto info = require(services, target);
    if (!info) return info;
    if (auto open = may_change(services, target, target.path);
        !open && !(may_be_waived(services, target) && (!update || is_waived(*update))))
        return std::unexpected(open.error());
    ask(services, Gate::conditions);
    const auto result = check_representation(target, *info, false);
    if (!result) return std::unexpected(result.error());
    return info;
}

}  // namespace

Answer<void> may_proppatch(const Services& services, const Target& target) {
    if (const auto info = check(services, target, nullptr); !info) return std::unexpected(info.error());
    return {};
}

Answer<MultiStatus> proppatch(const Services& services, const ProppatchRequest& request) {
    const auto& path = request.target.path;
    const auto info = check(services, request.target, &request.update);
    if (!info) return std::unexpected(info.error());
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
    if (*change.properties == *before) change.properties.reset();  // nothing to write is nothing to sync
    if (change.properties || change.modified || change.executable) {
        if (const auto written = services.properties.write(path, change); !written) {
            report.commit_failed(written.error());
            return std::unexpected(property_refusal(report, path, info->collection, judge));
        }
    }
    return property_answer(report, path, info->collection);
}

}  // namespace davit::engine
