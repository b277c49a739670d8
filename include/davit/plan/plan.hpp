#pragma once
// The 424 concept: steps that depend on each other, and the outcome of each. Knows no method, no file, no XML.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/property_name.hpp"

namespace davit::plan {

using StepIndex = std::size_t;

struct PropertySubject {
    PropertyName name;
    std::size_t instruction = 0;  ///< position in the document, from 0
};
using Subject = std::variant<PropertySubject, ResourcePath>;

/// `needs` contains only indices of earlier steps of the plan.
struct Step {
    Subject subject;
    std::vector<StepIndex> needs;
};

enum class Atomicity : std::uint8_t {
    all_or_nothing,  ///< the first failure is the cause; all other steps depend on it
    best_effort,     ///< RFC 4918's "finish as much as possible": only steps whose need failed depend on it
};

struct Plan {
    Atomicity atomicity = Atomicity::all_or_nothing;
    std::vector<Step> steps;
};

struct Succeeded {};
struct Failed {
    Failure failure;
};
/// Not attempted, or undone, because step `cause` failed. `cause` is always a Failed step.
class FailedDependency {
public:
    StepIndex cause() const { return cause_; }

private:
    friend class Execution;
    explicit FailedDependency(StepIndex cause) : cause_(cause) {}
    StepIndex cause_;
};
using Outcome = std::variant<Succeeded, Failed, FailedDependency>;

class Report {
public:
    const Plan& plan() const { return plan_; }
    std::span<const Outcome> outcomes() const { return outcomes_; }
    bool succeeded() const;
    /// Steps that really failed, in document order.
    std::vector<StepIndex> causes() const;
    std::optional<StepIndex> first_cause() const;
    const Failure& failure(StepIndex cause) const;  ///< `cause` must be one of causes()
    std::size_t dependents() const;
    /// Records that the commit failed although every step staged well. No step caused this, so every step gets the same
    /// real failure and none becomes a dependent.
    void commit_failed(const Failure& failure);

private:
    friend class Execution;
    Report(Plan plan, std::vector<Outcome> outcomes) : plan_(std::move(plan)), outcomes_(std::move(outcomes)) {}
    Plan plan_;
    std::vector<Outcome> outcomes_;
};

/// Attempts one step; returns its failure, or nothing. With all_or_nothing an attempt only stages: no change may be
/// visible before the caller commits.
using Attempt = std::function<std::optional<Failure>(StepIndex)>;

/// Attempts the steps in order, each at most once, and is the only maker of FailedDependency. A step whose need did not
/// succeed is not attempted; it depends on the root cause. With all_or_nothing the first failure ends the attempts, and
/// every other step depends on it. The failure operation_timeout ends both kinds: steps that were not attempted depend
/// on it. Throws std::invalid_argument when a need does not point backwards.
Report execute(Plan plan, const Attempt& attempt);

}  // namespace davit::plan
