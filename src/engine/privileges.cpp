#include "privileges.hpp"

namespace davit::engine {
namespace {

/// On a read-only server all rights but reading are without effect.
Rights in_force(const Policy& policy, Rights rights) {
    return policy.read_only ? rights & Right::read : rights;
}

}  // namespace

std::vector<std::string_view> privileges(const Policy& policy, const Caller& asker, const ResourcePath& path,
                                         bool collection) {
    const auto rights = in_force(policy, asker.rights(path));
    std::vector<std::string_view> held;
    if (rights.has(Right::read)) {
        held.emplace_back("read");
        held.emplace_back("read-current-user-privilege-set");
    }
    // An aggregate privilege (RFC 3744, 3.2): a user with all parts has it.
    if (rights.has(Right::write | Right::remove | Right::properties)) held.emplace_back("write");
    if (rights.has(Right::write)) {
        held.emplace_back("write-content");
        if (collection) held.emplace_back("bind");
    }
    if (rights.has(Right::properties)) held.emplace_back("write-properties");
    if (rights.has(Right::remove)) held.emplace_back("unbind");
    if (rights.has(Right::lock)) held.emplace_back("unlock");
    return held;
}

std::string permission_letters(const Policy& policy, const Caller& asker, const ResourcePath& path, bool collection) {
    const auto here = in_force(policy, asker.rights(path));
    const auto within = in_force(policy, asker.rights_within(path));
    std::string letters;
    if (here.has(Right::read)) letters += 'G';
    const bool stays = asker.is_top(path);
    if (within.has(Right::remove) && !stays) letters += 'D';
    // A rename removes the entry and creates another in the same collection.
    if (within.has(Right::read | Right::remove) && here.has(Right::write) && !stays) letters += "NV";
    if (here.has(Right::write)) letters += collection ? "CK" : "W";
    return letters;
}

}  // namespace davit::engine
