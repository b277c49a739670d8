#pragma once
// Who asks, once the HTTP layer has made sure of it.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace davit {

/// A user who proved to be one. Immutable, shared by the requests of the same user.
struct Identity {
    std::string name;                 ///< never empty
    std::vector<std::string> groups;  ///< without the "@" that rules write before them

    bool in_group(std::string_view group) const { return std::ranges::find(groups, group) != groups.end(); }
};
/// Null: nobody has logged in.
using IdentityPtr = std::shared_ptr<const Identity>;

}  // namespace davit
