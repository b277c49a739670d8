#include "davit/core/property.hpp"

#include <algorithm>

namespace davit {
namespace {

auto position(auto& items, const PropertyName& name) {
    return std::ranges::lower_bound(items, name, {}, &Property::name);
}

}  // namespace

const Property* PropertySet::find(const PropertyName& name) const {
    const auto at = position(items_, name);
    return at != items_.end() && at->name == name ? &*at : nullptr;
}

void PropertySet::set(Property property) {
    const auto at = position(items_, property.name);
    if (at != items_.end() && at->name == property.name) {
        *at = std::move(property);
    } else {
        items_.insert(at, std::move(property));
    }
}

bool PropertySet::remove(const PropertyName& name) {
    const auto at = position(items_, name);
    if (at == items_.end() || at->name != name) return false;
    items_.erase(at);
    return true;
}

const PropertyName& subject(const PropertyInstruction& instruction) {
    if (const auto* set = std::get_if<SetProperty>(&instruction)) return set->property.name;
    return std::get<RemoveProperty>(instruction).name;
}

}  // namespace davit
