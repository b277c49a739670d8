#include "davit/engine/mkcol.hpp"

#include "davit/engine/lock_rules.hpp"
#include "preconditions.hpp"
#include "present.hpp"
#include "property_budget.hpp"
#include "property_plan.hpp"

namespace davit::engine {
namespace {

class MkcolQuestions final : public WriteQuestions {
public:
    using WriteQuestions::WriteQuestions;

    Answer<void> existence() override {
        ask(services_, Gate::existence);
        const auto info = look_up(services_, target_.path);
        if (!info) return std::unexpected(info.error());
        if (*info) return fail(FailureCode::already_exists, "Something exists at this URL already.");
        return {};
    }
    Answer<void> parent() override { return require_parent(services_, target_.caller, target_.path); }
    Answer<void> name() override { return may_be_named(services_, target_.path); }
    Answer<void> locks() override {
        if (auto open = may_change_membership(services_, target_, target_.path); !open) return open;
        return may_change(services_, target_, target_.path);
    }
    Answer<void> conditions() override { return check_conditions(std::nullopt); }
};

/// DAV:resourcetype, the one property of a new collection with its own rule: RFC 5689, 3.3.
std::optional<Failure> check_resourcetype(const PropertyInstruction& instruction) {
    const auto* set = std::get_if<SetProperty>(&instruction);
    if (set && set->names_collection && !set->names_others) return std::nullopt;
    return Failure{FailureCode::invalid_resourcetype,
                   "Only a plain DAV:collection can be made here, of no other type beside it.",
                   {}};
}

std::optional<Failure> stage_new(const PropertyInstruction& instruction, const Policy& policy, StagedChange& change) {
    if (subject(instruction).is(dav_namespace, "resourcetype")) return check_resourcetype(instruction);
    auto failure = stage(instruction, policy, store::ResourceInfo{.collection = true}, change);
    if (!failure && (change.modified || change.executable))
        return Failure{FailureCode::set_after_creation, "This property can be changed once the collection exists.", {}};
    return failure;
}

bool has_resourcetype(const PropertyUpdate& update) {
    for (const auto& instruction : update)
        if (subject(instruction).is(dav_namespace, "resourcetype")) return true;
    return false;
}

}  // namespace

Answer<void> may_mkcol(const Services& services, const Target& target) {
    MkcolQuestions questions(services, target);
    return check_preconditions(questions);
}

Answer<void> mkcol(const Services& services, const MkcolRequest& request) {
    const auto& path = request.target.path;
    if (auto passed = may_mkcol(services, request.target); !passed) return passed;
    if (request.extended && !has_resourcetype(request.properties))
        return std::unexpected(Failure{FailureCode::invalid_resourcetype,
                                       "An extended MKCOL must set DAV:resourcetype, with DAV:collection in it.",
                                       {}});
    StagedChange staged;
    PropertySet properties;
    PropertyBudget budget(services.policy, properties, request.properties);
    const auto report = plan::execute(property_plan(request.properties), [&](plan::StepIndex step) {
        auto failure = stage_new(request.properties[step], services.policy, staged);
        return failure ? std::move(failure) : budget.count(request.properties[step]);
    });
    const auto judge = [&](plan::StepIndex step) {
        StagedChange unused;
        return stage_new(request.properties[step], services.policy, unused);
    };
    if (!report.succeeded()) return std::unexpected(property_refusal(report, path, true, judge));
    properties.apply(std::move(staged.properties));
    auto made = services.resources.make_collection(path, properties);
    if (!made) return std::unexpected(std::move(made.error()));
    return {};
}

}  // namespace davit::engine
