#pragma once
// Claims: who may change what while conditions are evaluated and the change is made.
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "davit/core/if_header.hpp"
#include "davit/core/resource_path.hpp"

namespace davit::engine {

struct ClaimItem {
    ResourcePath path;
    bool subtree = false;  ///< the whole tree below too
    bool exclusive = true;
};
using ClaimItems = std::vector<ClaimItem>;

ClaimItems claim_resource(const ResourcePath& path);  ///< PROPPATCH: exclusive on the resource
ClaimItems claim_member(const ResourcePath& path);    ///< PUT, MKCOL: exclusive on it, shared on the parent
ClaimItems claim_tree(const ResourcePath& path);      ///< DELETE, LOCK: exclusive on the tree, shared on the parent
ClaimItems claim_copy(const ResourcePath& from, const ResourcePath& to);
ClaimItems claim_move(const ResourcePath& from, const ResourcePath& to);

/// `items`, and shared what the If header makes conditions about by a tag of its own (RFC 4918, 10.4.3): what was found
/// true of another resource is still true when the write is done.
ClaimItems with_conditions(ClaimItems items, const std::optional<IfHeader>& header);

struct ClaimRequest;

/// Two claims conflict when their items overlap (the same path, or one lies in the other's subtree) and one of the two
/// is exclusive. The order is that of arrival: a request is granted once nobody who came before it, whether holding or
/// still waiting, conflicts with it. It takes all its items in one step and never holds some while it waits for others.
/// So everybody waits only for earlier ones, which makes a cycle of waiting impossible, and nobody is overtaken by
/// those in its way, which makes starving impossible. What conflicts with nothing never waits. Thread-safe; blocks no
/// thread.
class ClaimTable {
    struct State;

public:
    /// Held claim; gives back on destruction and wakes whoever can go on then.
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
    /// Calls `granted` exactly once: before returning when nothing is in the way, otherwise later from the thread that
    /// released the obstacle. `granted` must not block (post to an executor from it).
    void acquire(ClaimItems items, std::function<void(Claim)> granted);
    /// The claim, when nothing is in the way; otherwise nothing, and nobody has been put into the queue.
    std::optional<Claim> try_acquire(ClaimItems items);

private:
    std::shared_ptr<State> state_;
};

}  // namespace davit::engine
