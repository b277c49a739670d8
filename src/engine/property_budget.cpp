#include "property_budget.hpp"

#include "davit/engine/live_properties.hpp"

namespace davit::engine {
namespace {

std::size_t bytes_after(const PropertyInstruction& instruction) {
    const auto* set = std::get_if<SetProperty>(&instruction);
    return set ? counted_bytes(set->property.name, set->property.xml.size()) : 0;
}

/// Computed live properties, and those stored as time or mode, are not in the set.
bool is_in_set(const PropertyName& name) {
    const auto* row = find_live(name);
    return !row || row->verbatim();
}

}  // namespace

PropertyBudget::PropertyBudget(const Policy& policy, const PropertySet& before, const PropertyUpdate& update)
    : max_(policy.max_property_set_bytes), before_(before) {
    const auto begin = before.bytes();
    bytes_ = begin;
    for (const auto& instruction : update) apply(instruction);
    exceeded_ = bytes_ > max_ && bytes_ > begin;
    bytes_ = begin;
    changed_.clear();
}

bool PropertyBudget::apply(const PropertyInstruction& instruction) {
    const auto& name = subject(instruction);
    if (!is_in_set(name)) return false;
    const auto [at, first] = changed_.try_emplace(name, 0);
    if (first) {
        const auto* stored = before_.find(name);
        at->second = stored ? counted_bytes(name, stored->xml.size()) : 0;
    }
    const auto now = bytes_after(instruction);
    const bool grown = now > at->second;
    bytes_ = bytes_ - at->second + now;
    at->second = now;
    return grown;
}

std::optional<Failure> PropertyBudget::count(const PropertyInstruction& instruction) {
    if (!exceeded_ || !apply(instruction) || bytes_ <= max_) return std::nullopt;
    return Failure{FailureCode::property_set_too_large,
                   "With " + subject(instruction).local + " the properties of this resource would take " +
                       std::to_string(bytes_) + " bytes; " + std::to_string(max_) +
                       " are allowed (limits.property_set_bytes). Remove others first.",
                   {}};
}

}  // namespace davit::engine
