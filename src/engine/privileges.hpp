#pragma once
// A user's rights in the form that clients read. They must match what http/authorize.cpp enforces.
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Privileges of RFC 3744, 3: local names in DAV:.
std::vector<std::string_view> privileges(const Policy& policy, const Caller& asker, const ResourcePath& path,
                                         bool collection);
/// ownCloud's letters: G read, D delete, N rename, V move; W write for a file, C and K new members for a collection.
/// Davit has no sharing, so R and S never appear.
std::string permission_letters(const Policy& policy, const Caller& asker, const ResourcePath& path, bool collection);

}  // namespace davit::engine
