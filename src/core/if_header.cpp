#include "davit/core/if_header.hpp"

#include <algorithm>

namespace davit {

bool IfHeader::submits(const LockToken& token) const {
    const auto names_it = [&](const Condition& condition) {
        const auto* given = std::get_if<LockToken>(&condition.what);
        return given && *given == token;
    };
    return std::ranges::any_of(
        lists, [&](const ConditionList& list) { return std::ranges::any_of(list.conditions, names_it); });
}

}  // namespace davit
