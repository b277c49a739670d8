#pragma once
// Claims by path, held and waiting, so that a new one is compared only with those it may run into.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "davit/engine/claims.hpp"

namespace davit::engine {

struct ClaimRequest {
    ClaimItems items;
    std::uint64_t arrival = 0;                       ///< its place in the order
    std::function<void(ClaimTable::Claim)> granted;  ///< empty once it has been called
    std::size_t obstacles = 0;                       ///< earlier requests that it waits for
    /// Later requests that wait for this one, in order of arrival. They live as long as they wait.
    std::vector<std::shared_ptr<ClaimRequest>> held_up;
};

/// Not thread-safe. Borrows the requests it knows.
class ClaimIndex {
public:
    void add(ClaimRequest& request);
    void remove(ClaimRequest& request);
    /// The requests that a new one with `items` has to wait for, each once. Left out are those that another of them has
    /// to wait for itself. Costs as much as a path is deep, and for a subtree as many claims as lie in it.
    std::vector<ClaimRequest*> obstacles(const ClaimItems& items) const;

private:
    struct Earlier {
        bool operator()(const ClaimRequest* a, const ClaimRequest* b) const { return a->arrival < b->arrival; }
    };
    using Requests = std::set<ClaimRequest*, Earlier>;
    /// Who claims one path. Kept apart by kind, since the many that share a parent never run into each other.
    struct Node {
        Requests kinds[2][2];  ///< [exclusive][subtree]
        bool empty() const;
        ClaimRequest* last_exclusive(bool only_subtrees) const;
        void collect(std::vector<ClaimRequest*>& found, bool for_exclusive, bool only_subtrees) const;
    };
    void collect_above(std::vector<ClaimRequest*>& found, const ClaimItem& item) const;
    void collect_below(std::vector<ClaimRequest*>& found, const ClaimItem& item) const;

    std::map<std::string, Node, std::less<>> nodes_;  ///< sorted: what lies below a path is one range
};

}  // namespace davit::engine
