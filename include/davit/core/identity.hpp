#pragma once
// The user who sends a request, as the HTTP layer has authenticated them.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace davit {

/// An authenticated user. Immutable; requests of the same user share it.
struct Identity {
    std::string name;                 ///< never empty
    std::vector<std::string> groups;  ///< without the "@" that rules write before a group

    bool in_group(std::string_view group) const { return std::ranges::find(groups, group) != groups.end(); }
};
/// Null: the request is anonymous.
using IdentityPtr = std::shared_ptr<const Identity>;

}  // namespace davit
