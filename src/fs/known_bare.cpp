#include "known_bare.hpp"

#include "known_resources.hpp"

namespace davit::fs {

bool KnownBare::has_none(const EntryInfo& entry) const {
    if (slots_.empty()) return false;
    const auto slot = slot_of(entry);
    const auto place = place_of(slot);
    const std::lock_guard guard(mutex_of(place));
    return slots_[place] == slot;
}

void KnownBare::keep(const EntryInfo& entry) {
    if (slots_.empty() || !KnownResources::is_settled(entry.changed)) return;
    const auto slot = slot_of(entry);
    const auto place = place_of(slot);
    const std::lock_guard guard(mutex_of(place));
    slots_[place] = slot;
}

}  // namespace davit::fs
