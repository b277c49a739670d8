#include "davit/engine/claims.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <utility>

namespace davit::engine {
namespace {

bool overlap(const ClaimItem& a, const ClaimItem& b) {
    if (a.path == b.path) return true;
    return (a.subtree && a.path.contains(b.path)) || (b.subtree && b.path.contains(a.path));
}

bool conflict(const ClaimItems& a, const ClaimItems& b) {
    for (const auto& x : a)
        for (const auto& y : b)
            if ((x.exclusive || y.exclusive) && overlap(x, y)) return true;
    return false;
}

ClaimItem exclusive(const ResourcePath& path, bool subtree = false) {
    return {path, subtree, true};
}
ClaimItem shared(const ResourcePath& path, bool subtree = false) {
    return {path, subtree, false};
}

void add_parent(ClaimItems& items, const ResourcePath& path) {
    if (!path.is_root()) items.push_back(shared(path.parent()));
}

}  // namespace

ClaimItems claim_resource(const ResourcePath& path) {
    return {exclusive(path)};
}

ClaimItems claim_member(const ResourcePath& path) {
    ClaimItems items{exclusive(path)};
    add_parent(items, path);
    return items;
}

ClaimItems claim_tree(const ResourcePath& path) {
    ClaimItems items{exclusive(path, true)};
    add_parent(items, path);
    return items;
}

ClaimItems claim_copy(const ResourcePath& from, const ResourcePath& to) {
    ClaimItems items{shared(from, true), exclusive(to, true)};
    add_parent(items, to);
    return items;
}

ClaimItems claim_move(const ResourcePath& from, const ResourcePath& to) {
    ClaimItems items{exclusive(from, true), exclusive(to, true)};
    add_parent(items, from);
    add_parent(items, to);
    return items;
}

struct ClaimTable::Request {
    ClaimItems items;
    std::function<void(Claim)> granted;  ///< empty once it has been called
};

/// One list in order of arrival, held and waiting together: a request may go when it conflicts with nobody before it.
/// With tens of requests at work at a time, comparing all with all costs less than an index would.
struct ClaimTable::State {
    std::mutex mutex;
    std::list<std::shared_ptr<Request>> requests;

    bool may_go(std::list<std::shared_ptr<Request>>::const_iterator request) const {
        return std::none_of(requests.begin(), request,
                            [&](const auto& earlier) { return conflict(earlier->items, (*request)->items); });
    }
};

ClaimTable::ClaimTable() : state_(std::make_shared<State>()) {}

void ClaimTable::acquire(ClaimItems items, std::function<void(Claim)> granted) {
    Claim claim;
    claim.state_ = state_;
    claim.request_ = std::make_shared<Request>(std::move(items), nullptr);
    {
        const std::lock_guard guard(state_->mutex);
        const auto place = state_->requests.insert(state_->requests.end(), claim.request_);
        if (!state_->may_go(place)) {
            claim.request_->granted = std::move(granted);
            claim.state_.reset();  // waits in the list; this handle holds nothing
            return;
        }
    }
    granted(std::move(claim));
}

void ClaimTable::Claim::release() {
    if (!state_) return;
    const auto state = std::exchange(state_, nullptr);
    std::vector<std::pair<std::shared_ptr<Request>, std::function<void(Claim)>>> ready;
    {
        const std::lock_guard guard(state->mutex);
        state->requests.remove(request_);
        for (auto place = state->requests.begin(); place != state->requests.end(); ++place)
            if ((*place)->granted && state->may_go(place))
                ready.emplace_back(*place, std::exchange((*place)->granted, nullptr));
    }
    request_.reset();
    for (auto& [request, granted] : ready) {
        Claim claim;
        claim.state_ = state;
        claim.request_ = std::move(request);
        granted(std::move(claim));
    }
}

ClaimTable::Claim& ClaimTable::Claim::operator=(Claim&& other) noexcept {
    if (this != &other) {
        release();
        state_ = std::exchange(other.state_, nullptr);
        request_ = std::exchange(other.request_, nullptr);
    }
    return *this;
}

ClaimTable::Claim::~Claim() {
    release();
}

}  // namespace davit::engine
