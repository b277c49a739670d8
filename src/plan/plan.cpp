#include "davit/plan/plan.hpp"

#include <algorithm>
#include <stdexcept>

namespace davit::plan {

/// The only creator of FailedDependency.
class Execution {
public:
    Execution(Plan plan, const Attempt& attempt) : plan_(std::move(plan)), attempt_(attempt) {}

    Report run() {
        outcomes_.reserve(plan_.steps.size());
        for (StepIndex step = 0; step < plan_.steps.size(); ++step) {
            outcomes_.push_back(visit(step));
            const auto* failed = std::get_if<Failed>(&outcomes_.back());
            if (!failed) continue;
            if (plan_.atomicity == Atomicity::all_or_nothing) return depend_on(step, 0);
            if (failed->failure.code == FailureCode::operation_timeout) return depend_on(step, step);
        }
        return {std::move(plan_), std::move(outcomes_)};
    }

private:
    Outcome visit(StepIndex step) {
        for (const auto need : plan_.steps[step].needs) {
            if (need >= step) throw std::invalid_argument("a step needs one that does not stand before it");
            if (const auto cause = root_cause(need)) return FailedDependency(*cause);
        }
        if (auto failure = attempt_(step)) return Failed{std::move(*failure)};
        return Succeeded{};
    }

    std::optional<StepIndex> root_cause(StepIndex step) const {
        if (std::holds_alternative<Failed>(outcomes_[step])) return step;
        if (const auto* dependent = std::get_if<FailedDependency>(&outcomes_[step])) return dependent->cause();
        return std::nullopt;
    }

    /// Marks all steps from `first` on as dependents, except the cause itself.
    Report depend_on(StepIndex cause, StepIndex first) {
        outcomes_.resize(plan_.steps.size());
        for (StepIndex step = first; step < outcomes_.size(); ++step)
            if (step != cause) outcomes_[step] = FailedDependency(cause);
        return {std::move(plan_), std::move(outcomes_)};
    }

    Plan plan_;
    const Attempt& attempt_;
    std::vector<Outcome> outcomes_;
};

Report execute(Plan plan, const Attempt& attempt) {
    return Execution(std::move(plan), attempt).run();
}

bool Report::succeeded() const {
    return std::ranges::all_of(outcomes_, [](const Outcome& o) { return std::holds_alternative<Succeeded>(o); });
}

std::vector<StepIndex> Report::causes() const {
    std::vector<StepIndex> found;
    for (StepIndex step = 0; step < outcomes_.size(); ++step)
        if (std::holds_alternative<Failed>(outcomes_[step])) found.push_back(step);
    return found;
}

std::optional<StepIndex> Report::first_cause() const {
    for (StepIndex step = 0; step < outcomes_.size(); ++step)
        if (std::holds_alternative<Failed>(outcomes_[step])) return step;
    return std::nullopt;
}

const Failure& Report::failure(StepIndex cause) const {
    return std::get<Failed>(outcomes_[cause]).failure;
}

std::size_t Report::dependents() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(outcomes_, [](const Outcome& o) { return std::holds_alternative<FailedDependency>(o); }));
}

void Report::commit_failed(const Failure& failure) {
    for (auto& outcome : outcomes_) outcome = Failed{failure};
}

}  // namespace davit::plan
