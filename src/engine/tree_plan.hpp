#pragma once
// "Finish as much as possible" (RFC 4918, 9.6.1, 9.8.3, 9.9.2): a tree as a best-effort plan, one step a resource.
// Chosen by Policy::trees; the default is that a tree changes whole or not at all.
#include "davit/engine/copy_move.hpp"
#include "davit/engine/remove.hpp"

namespace davit::engine {

/// More resources than this are refused in one best-effort request: the plan stands in memory.
inline constexpr std::size_t max_tree_steps = 100000;
/// Members that one answer names; the first one's sentence tells how many more failed.
inline constexpr std::size_t max_named_members = 1000;

Answer<void> remove_members(const Services& services, const Target& target);
/// `clear` makes room for them once it is known that they can be done at all; what it returns is answered when
/// everything went well.
using Clear = std::function<Result<bool>()>;
Answer<bool> copy_members(const Services& services, const TransferRequest& request, const Clear& clear);
Answer<bool> move_members(const Services& services, const TransferRequest& request, const Clear& clear);

using FailedMembers = std::vector<std::pair<ResourcePath, Failure>>;
/// Members at or below `path` that are locked without their token being submitted.
FailedMembers locked_members(const Services& services, const Target& target, const ResourcePath& path);
/// A tree of which a part was changed: 207 of the members that really failed, dependents left out (RFC 4918, 9.6.1).
Refusal refuse_members(const FailedMembers& members, std::size_t dependents);
/// A tree of which nothing was changed: the first failure's own status, with the culprits of all that failed alike.
/// Clients that take any 2xx for success, and a 207 is one, need it.
Refusal refuse_untouched(const FailedMembers& members, std::size_t dependents);
/// A plain refusal of a tree that was not touched because of one member. It is named to those who may read it.
Refusal refuse_for_member(const Services& services, const Caller& asker, Failure failure);

}  // namespace davit::engine
