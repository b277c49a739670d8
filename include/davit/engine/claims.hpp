#pragma once
// Claims: the right to change resources while a request checks its conditions and makes its change.
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "davit/core/if_header.hpp"
#include "davit/core/resource_path.hpp"

namespace davit::engine {

struct ClaimItem {
    ResourcePath path;
    bool subtree = false;  ///< including the whole tree below
    bool exclusive = true;
};
using ClaimItems = std::vector<ClaimItem>;

ClaimItems claim_resource(const ResourcePath& path);  ///< PROPPATCH: exclusive on the resource
ClaimItems claim_member(const ResourcePath& path);    ///< PUT, MKCOL: exclusive on it, shared on the parent
ClaimItems claim_tree(const ResourcePath& path);      ///< DELETE, LOCK: exclusive on the tree, shared on the parent
ClaimItems claim_copy(const ResourcePath& from, const ResourcePath& to);
ClaimItems claim_move(const ResourcePath& from, const ResourcePath& to);

/// `items`, plus a shared item for each resource that a tag of the If header names (RFC 4918, 10.4.3): a condition on
/// another resource still holds when the write is done.
ClaimItems with_conditions(ClaimItems items, const std::optional<IfHeader>& header);

struct ClaimRequest;

/// Two claims conflict when their items overlap (the same path, or one is in the other's subtree) and one of the two is
/// exclusive. The order is that of arrival: the table grants a request when no earlier one, holding or waiting,
/// conflicts with it. A request takes all its items in one step, and never holds some while it waits for others. So
/// each request waits only for earlier ones. That makes a cycle of waiting impossible, and no later request can
/// overtake one with which it conflicts, so none starves. A request without a conflict never waits. Thread-safe; blocks
/// no thread.
class ClaimTable {
    struct State;

public:
    /// A held claim. Its destruction releases it and grants the requests that can go on.
    class Claim {
    public:
        Claim() = default;
        Claim(Claim&& other) noexcept = default;
        Claim& operator=(Claim&& other) noexcept;
        ~Claim();
        void release();

    private:
        friend class ClaimTable;
        std::shared_ptr<State> state_;
        std::shared_ptr<ClaimRequest> request_;
    };

    ClaimTable();
    /// Calls `granted` exactly once: inline when there is no conflict, otherwise later on the thread that released the
    /// last conflicting claim. `granted` must not block; post to an executor from it.
    void acquire(ClaimItems items, std::function<void(Claim)> granted);
    /// The claim if there is no conflict; otherwise nothing, and no request is queued.
    std::optional<Claim> try_acquire(ClaimItems items);

private:
    std::shared_ptr<State> state_;
};

}  // namespace davit::engine
