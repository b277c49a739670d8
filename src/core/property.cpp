#include "davit/core/property.hpp"

#include <algorithm>
#include <iterator>

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

void PropertyEdits::set(Property property) {
    by_name_.insert_or_assign(std::move(property.name), std::move(property.xml));
}

void PropertySet::apply(PropertyEdits edits) {
    std::vector<Property> merged;
    merged.reserve(items_.size() + edits.by_name_.size());
    auto old = items_.begin();
    for (auto& [name, xml] : edits.by_name_) {
        for (; old != items_.end() && old->name < name; ++old) merged.push_back(std::move(*old));
        if (old != items_.end() && old->name == name) ++old;
        if (xml) merged.push_back({name, std::move(*xml)});
    }
    merged.insert(merged.end(), std::make_move_iterator(old), std::make_move_iterator(items_.end()));
    items_ = std::move(merged);
}

std::size_t PropertySet::bytes() const {
    std::size_t sum = 0;
    for (const auto& property : items_) sum += counted_bytes(property.name, property.xml.size());
    return sum;
}

void PropertySet::set(Property property) {
    if (items_.empty() || items_.back().name < property.name) {  // a stored set is read in this order
        items_.push_back(std::move(property));
        return;
    }
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
