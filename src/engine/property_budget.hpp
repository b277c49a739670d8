#pragma once
// The bound on a resource's dead properties, judged for a whole update.
#include <map>
#include <optional>

#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// An update is refused when the set it leads to is above the bound and larger than the set before: a set that is too
/// large already can be made smaller. The step to blame is the first that takes the set above the bound.
class PropertyBudget {
public:
    PropertyBudget(const Policy& policy, const PropertySet& before, const PropertyUpdate& update);
    /// Called for each instruction in document order; property_set_too_large.
    std::optional<Failure> count(const PropertyInstruction& instruction);

private:
    std::size_t max_;
    bool exceeded_ = false;  ///< by what the update leads to
    std::size_t bytes_ = 0;  ///< of the set after the instructions counted so far
    const PropertySet& before_;
    std::map<PropertyName, std::size_t> changed_;  ///< what the property counts for now

    /// Counts the instruction; true when the set has grown.
    bool apply(const PropertyInstruction& instruction);
};

}  // namespace davit::engine
