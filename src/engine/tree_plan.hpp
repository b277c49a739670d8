#pragma once
// "Finish as much as possible" (RFC 4918, 9.6.1, 9.8.3, 9.9.2): a tree as a best-effort plan, one step for each
// resource. Policy::trees selects it. By default a tree changes completely or not at all.
#include "davit/engine/copy_move.hpp"
#include "davit/engine/remove.hpp"

namespace davit::engine {

/// The maximum number of resources in one best-effort request, because the plan is held in memory.
inline constexpr std::size_t max_tree_steps = 100000;
/// The maximum number of members in one response. The first member's sentence counts the rest.
inline constexpr std::size_t max_named_members = 1000;

Answer<void> remove_members(const Services& services, const Target& target);
/// `clear` removes the Destination once the plan is known to be possible. Its result is the response when every step
/// succeeds.
using Clear = std::function<Result<bool>()>;
Answer<bool> copy_members(const Services& services, const TransferRequest& request, const Clear& clear,
                          const store::Deadline& until);
Answer<bool> move_members(const Services& services, const TransferRequest& request, const Clear& clear,
                          const store::Deadline& until);

using FailedMembers = std::vector<std::pair<ResourcePath, Failure>>;
/// Members at or below `path` whose locks the request did not submit.
FailedMembers locked_members(const Services& services, const Target& target, const ResourcePath& path);
/// The tree was changed in part: 207 with the members that really failed, without dependents (RFC 4918, 9.6.1).
Refusal refuse_members(const FailedMembers& members, std::size_t dependents);
/// Nothing was changed: the first failure's own status, with the culprits of all equal failures. Some clients take any
/// 2xx for success, and 207 is one.
Refusal refuse_untouched(const FailedMembers& members, std::size_t dependents);
/// A plain refusal of an unchanged tree because of one member. Names the member if the user may read it.
Refusal refuse_for_member(const Services& services, const Caller& asker, Failure failure);

}  // namespace davit::engine
