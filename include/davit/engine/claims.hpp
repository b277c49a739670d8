#pragma once
// Claims: who may change what while conditions are evaluated and the change is made.
#include <functional>
#include <memory>
#include <vector>

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

/// A request takes all its items in one step or waits for all, in order of arrival: it never holds some while it waits
/// for others, so there can be no cycle of waiting, and nobody starves. Thread-safe; blocks no thread.
class ClaimTable {
    struct State;
    struct Request;

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
        std::shared_ptr<Request> request_;
    };

    ClaimTable();
    /// Calls `granted` exactly once: before returning when nothing is in the way, otherwise later from the thread that
    /// released the obstacle. `granted` must not block (post to an executor from it).
    void acquire(ClaimItems items, std::function<void(Claim)> granted);

private:
    std::shared_ptr<State> state_;
};

}  // namespace davit::engine
