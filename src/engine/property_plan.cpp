#include "property_plan.hpp"

#include <set>

#include "lock_facts.hpp"

namespace davit::engine {
namespace {

const PropertyName& name_of(const plan::Report& report, plan::StepIndex step) {
    return std::get<plan::PropertySubject>(report.plan().steps[step].subject).name;
}

EntryStatus dependent_on(const plan::Report& report, plan::StepIndex cause, const ResourcePath& path, bool collection) {
    return Cause{path, collection, name_of(report, cause), report.failure(cause).code, cause};
}

/// Collects propstats. The first result for a name counts.
class PropStats {
public:
    void add(const PropertyName& name, PropStat& group) {
        if (answered_.insert(name).second) group.names.push_back(name);
    }

private:
    std::set<PropertyName> answered_;
};

/// The properties after the cause that would also fail, each once.
std::vector<WouldFail> would_fail(const plan::Report& report, plan::StepIndex cause, const plan::Attempt& judge) {
    std::vector<WouldFail> found;
    std::set<PropertyName> seen{name_of(report, cause)};
    for (auto step = cause + 1; step < report.outcomes().size() && found.size() < max_named; ++step) {
        const auto& name = name_of(report, step);
        if (seen.contains(name)) continue;
        auto failure = judge(step);
        if (!failure) continue;
        seen.insert(name);
        found.push_back({name, failure->code, std::move(failure->sentence)});
    }
    return found;
}

}  // namespace

plan::Plan property_plan(const PropertyUpdate& update) {
    plan::Plan plan{plan::Atomicity::all_or_nothing, {}};
    plan.steps.reserve(update.size());
    for (std::size_t i = 0; i < update.size(); ++i)
        plan.steps.push_back({plan::PropertySubject{subject(update[i]), i}, {}});
    return plan;
}

MultiStatus property_answer(const plan::Report& report, const ResourcePath& path, bool collection,
                            std::span<const WouldFail> also) {
    PropStats stats;
    std::vector<PropStat> groups;
    // After a failed commit every step carries the same failure: one group.
    const auto cause = report.first_cause();
    groups.push_back({{}, cause ? EntryStatus(report.failure(*cause)) : EntryStatus(Status::ok)});
    if (cause) std::get<Failure>(groups.front().status).facts.also.assign(also.begin(), also.end());
    if (cause) groups.push_back({{}, dependent_on(report, *cause, path, collection)});
    if (cause) stats.add(name_of(report, *cause), groups.front());
    for (plan::StepIndex step = 0; step < report.outcomes().size(); ++step) {
        const bool dependent = std::holds_alternative<plan::FailedDependency>(report.outcomes()[step]);
        stats.add(name_of(report, step), dependent ? groups.back() : groups.front());
    }
    if (groups.back().names.empty()) groups.pop_back();
    return MultiStatus({Response{path, collection, std::move(groups)}});
}

Refusal property_refusal(const plan::Report& report, const ResourcePath& path, bool collection,
                         const plan::Attempt& judge) {
    const auto cause = *report.first_cause();
    Refusal refusal(report.failure(cause));
    refusal.failure.facts.also = would_fail(report, cause, judge);
    refusal.body = property_answer(report, path, collection, refusal.failure.facts.also);
    refusal.dependents = report.dependents();
    refusal.property = name_of(report, cause);
    refusal.culprit = path;
    return refusal;
}

}  // namespace davit::engine
