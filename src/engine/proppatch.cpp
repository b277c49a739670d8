#include "davit/engine/proppatch.hpp"

#include <algorithm>

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "property_plan.hpp"

namespace davit::engine {
namespace {

/// Against RFC 4918, 6.4, when the configuration says so: Office sets times under its own lock without the token.
bool is_waived(const Services& services, const ProppatchRequest& request) {
    constexpr std::string_view windows = "urn:schemas-microsoft-com:";
    const auto& target = request.target;
    const auto own = [&](const auto& lock) { return lock->principal == target.caller.principal; };
    return services.policy.windows_without_token && std::ranges::all_of(services.locks.covering(target.path), own) &&
           std::ranges::all_of(request.update, [&](const auto& each) { return subject(each).ns == windows; });
}

Result<store::ResourceInfo> check(const Services& services, const ProppatchRequest& request) {
    const auto& target = request.target;
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    auto info = require(services, target.path);
    if (!info) return info;
    if (auto open = may_change(services, target, target.path); !open && !is_waived(services, request))
        return std::unexpected(open.error());
    const auto result = check_representation(target, *info, false);
    if (!result) return std::unexpected(result.error());
    return info;
}

}  // namespace

Answer<MultiStatus> proppatch(const Services& services, const ProppatchRequest& request) {
    const auto& path = request.target.path;
    const auto info = check(services, request);
    if (!info) return std::unexpected(info.error());
    auto stored = services.properties.read(path);
    if (!stored) return std::unexpected(std::move(stored.error()));
    const auto before = *stored;
    store::PropertyChange change{std::move(*stored), {}, {}};
    auto report = plan::execute(property_plan(request.update), [&](plan::StepIndex step) {
        return stage(request.update[step], services.policy, *info, change);
    });
    if (!report.succeeded()) return std::unexpected(property_refusal(report, path, info->collection));
    if (*change.properties == before) change.properties.reset();  // nothing to write is nothing to sync
    if (change.properties || change.modified || change.executable) {
        if (const auto written = services.properties.write(path, change); !written) {
            report.commit_failed(written.error());
            return std::unexpected(property_refusal(report, path, info->collection));
        }
    }
    return property_answer(report, path, info->collection);
}

}  // namespace davit::engine
