#pragma once
// What the rules let somebody do, as clients read it. It must say what is enforced (http/authorize.cpp).
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Privileges of RFC 3744, 3: local names in DAV:.
std::vector<std::string_view> privileges(const Policy& policy, const Caller& asker, const ResourcePath& path,
                                         bool collection);
/// ownCloud's letters: G read, D delete, N rename, V move; W write for a file, C and K new members for a collection.
/// R and S, sharing, do not exist here.
std::string permission_letters(const Policy& policy, const Caller& asker, const ResourcePath& path, bool collection);

}  // namespace davit::engine
