#include "known_texts.hpp"

#include "known_resources.hpp"

namespace davit::fs {

std::optional<bool> KnownTexts::begins_as_utf8(const store::ResourceInfo& info) const {
    const auto wanted = slot_of(info);
    const auto place = place_of(wanted);
    const std::lock_guard guard(mutex_of(place));
    const auto& slot = slots_[place];
    return wanted.inode != 0 && slot.is_of(wanted) ? std::optional(slot.utf8) : std::nullopt;
}

void KnownTexts::keep(const store::ResourceInfo& info, bool utf8) {
    auto slot = slot_of(info);
    if (!KnownResources::is_settled(slot.modified)) return;
    slot.utf8 = utf8;
    const auto place = place_of(slot);
    const std::lock_guard guard(mutex_of(place));
    slots_[place] = slot;
}

}  // namespace davit::fs
