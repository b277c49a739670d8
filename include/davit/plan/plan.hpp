#pragma once
// The 424 concept: steps that need one another, and what became of them. Knows no method, no file, no XML.
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

/// `needs` points only backwards: to steps that stand earlier in the plan.
struct Step {
    Subject subject;
    std::vector<StepIndex> needs;
};

enum class Atomicity : std::uint8_t {
    all_or_nothing,  ///< the first failure stands, everything else depends on it
    best_effort,     ///< RFC 4918's "finish as much as possible": only those whose need failed depend on it
};

struct Plan {
    Atomicity atomicity = Atomicity::all_or_nothing;
    std::vector<Step> steps;
};

struct Succeeded {};
struct Failed {
    Failure failure;
};
/// Not done because step `cause`, which is always a Failed one, failed.
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
    /// The commit after well-staged steps failed. No step caused it, so every step carries the same real failure and
    /// no dependency is invented.
    void commit_failed(const Failure& failure);

private:
    friend class Execution;
    Report(Plan plan, std::vector<Outcome> outcomes) : plan_(std::move(plan)), outcomes_(std::move(outcomes)) {}
    Plan plan_;
    std::vector<Outcome> outcomes_;
};

/// Tries one step. With all_or_nothing it only stages: nothing it does may be visible before the caller commits.
using Attempt = std::function<std::optional<Failure>(StepIndex)>;

/// Visits the steps in order. A step whose need did not succeed is not attempted and depends on the root cause. With
/// all_or_nothing nothing after the first failure is attempted, and every other step depends on it. An
/// operation_timeout ends either: what has not been attempted depends on it. Throws std::invalid_argument when a need
/// does not point backwards.
Report execute(Plan plan, const Attempt& attempt);

}  // namespace davit::plan
