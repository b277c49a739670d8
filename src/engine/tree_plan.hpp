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

/// 207 of members that really failed, dependents left out (RFC 4918, 9.6.1).
Refusal refuse_members(const std::vector<std::pair<ResourcePath, Failure>>& members, std::size_t dependents);
/// A plain refusal of a tree that was not touched because of one member. It is named to those who may read it.
Refusal refuse_for_member(const Caller& asker, Failure failure);

}  // namespace davit::engine
