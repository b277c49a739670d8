#pragma once
// An index of held and waiting claims by path, so that a new claim is compared only with those it may conflict with.
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
    std::uint64_t arrival = 0;                       ///< its place in the order of arrival
    std::function<void(ClaimTable::Claim)> granted;  ///< empty once it has been called
    std::size_t obstacles = 0;                       ///< the number of earlier requests that it waits for
    /// Later requests that wait for this one, in order of arrival. They exist as long as they wait.
    std::vector<std::shared_ptr<ClaimRequest>> held_up;
};

/// Not thread-safe. Borrows its requests.
class ClaimIndex {
public:
    void add(ClaimRequest& request);
    void remove(ClaimRequest& request);
    /// The requests that a new one with `items` must wait for, each once, without those that another of them already
    /// waits for. Costs the depth of the path, plus the number of claims inside a subtree.
    std::vector<ClaimRequest*> obstacles(const ClaimItems& items) const;

private:
    struct Earlier {
        bool operator()(const ClaimRequest* a, const ClaimRequest* b) const { return a->arrival < b->arrival; }
    };
    using Requests = std::set<ClaimRequest*, Earlier>;
    /// The claims on one path, separated by kind, because the many that share a parent never conflict.
    struct Node {
        Requests kinds[2][2];  ///< [exclusive][subtree]
        bool empty() const;
        ClaimRequest* last_exclusive(bool only_subtrees) const;
        void collect(std::vector<ClaimRequest*>& found, bool for_exclusive, bool only_subtrees) const;
    };
    void collect_above(std::vector<ClaimRequest*>& found, const ClaimItem& item) const;
    void collect_below(std::vector<ClaimRequest*>& found, const ClaimItem& item) const;

    std::map<std::string, Node, std::less<>> nodes_;  ///< sorted, so that everything below a path is one range
};

}  // namespace davit::engine
