#include "claim_index.hpp"

#include <algorithm>
#include <string_view>

namespace davit::engine {

bool ClaimIndex::Node::empty() const {
    return kinds[0][0].empty() && kinds[0][1].empty() && kinds[1][0].empty() && kinds[1][1].empty();
}

ClaimRequest* ClaimIndex::Node::last_exclusive(bool only_subtrees) const {
    ClaimRequest* last = nullptr;
    for (const bool subtree : {false, true}) {
        const auto& requests = kinds[true][subtree];
        if (requests.empty() || (only_subtrees && !subtree)) continue;
        if (!last || last->arrival < (*requests.rbegin())->arrival) last = *requests.rbegin();
    }
    return last;
}

void ClaimIndex::Node::collect(std::vector<ClaimRequest*>& found, bool for_exclusive, bool only_subtrees) const {
    // The last exclusive request waits for all requests before it, so waiting for it is enough.
    auto* last = last_exclusive(only_subtrees);
    if (last) found.push_back(last);
    if (!for_exclusive) return;  // shared requests do not conflict
    for (const bool subtree : {false, true}) {
        if (only_subtrees && !subtree) continue;
        const auto& requests = kinds[false][subtree];
        found.insert(found.end(), last ? requests.upper_bound(last) : requests.begin(), requests.end());
    }
}

void ClaimIndex::add(ClaimRequest& request) {
    for (const auto& item : request.items) nodes_[item.path.str()].kinds[item.exclusive][item.subtree].insert(&request);
}

void ClaimIndex::remove(ClaimRequest& request) {
    for (const auto& item : request.items) {
        const auto node = nodes_.find(item.path.str());
        if (node == nodes_.end()) continue;  // the request named the path twice
        node->second.kinds[item.exclusive][item.subtree].erase(&request);
        if (node->second.empty()) nodes_.erase(node);
    }
}

void ClaimIndex::collect_above(std::vector<ClaimRequest*>& found, const ClaimItem& item) const {
    std::string_view path = item.path.str();
    while (!path.empty()) {
        const auto slash = path.rfind('/');
        path = slash == path.npos ? std::string_view() : path.substr(0, slash);
        if (const auto node = nodes_.find(path); node != nodes_.end())
            node->second.collect(found, item.exclusive, true);
    }
}

void ClaimIndex::collect_below(std::vector<ClaimRequest*>& found, const ClaimItem& item) const {
    const auto& path = item.path.str();
    const auto begin = path.empty() ? nodes_.upper_bound(path) : nodes_.lower_bound(path + '/');
    const auto end = path.empty() ? nodes_.end() : nodes_.lower_bound(path + static_cast<char>('/' + 1));
    for (auto node = begin; node != end; ++node) node->second.collect(found, item.exclusive, false);
}

std::vector<ClaimRequest*> ClaimIndex::obstacles(const ClaimItems& items) const {
    std::vector<ClaimRequest*> found;
    for (const auto& item : items) {
        if (const auto node = nodes_.find(item.path.str()); node != nodes_.end())
            node->second.collect(found, item.exclusive, false);
        collect_above(found, item);
        if (item.subtree) collect_below(found, item);
    }
    std::ranges::sort(found);
    const auto again = std::ranges::unique(found);
    found.erase(again.begin(), again.end());
    return found;
}

}  // namespace davit::engine
