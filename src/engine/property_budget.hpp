#pragma once
// The bound on a resource's dead properties, checked for a whole update.
#include <map>
#include <optional>

#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Refuses an update when the resulting set exceeds the bound and is larger than before, so a client can shrink a set
/// that is already too large. The failed step is the first that exceeds the bound.
class PropertyBudget {
public:
    PropertyBudget(const Policy& policy, const PropertySet& before, const PropertyUpdate& update);
    /// Called for each instruction in document order; property_set_too_large.
    std::optional<Failure> count(const PropertyInstruction& instruction);

private:
    std::size_t max_;
    bool exceeded_ = false;  ///< the result of the update exceeds the bound
    std::size_t bytes_ = 0;  ///< of the set after the instructions counted so far
    const PropertySet& before_;
    std::map<PropertyName, std::size_t> changed_;  ///< the size that the property now counts for

    /// Counts the instruction; true when the set has grown.
    bool apply(const PropertyInstruction& instruction);
};

}  // namespace davit::engine
