#include "davit/engine/claims.hpp"

#include <mutex>
#include <utility>

#include "claim_index.hpp"

namespace davit::engine {
namespace {

ClaimItem exclusive(const ResourcePath& path, bool subtree = false) {
    return {path, subtree, true};
}
ClaimItem shared(const ResourcePath& path, bool subtree = false) {
    return {path, subtree, false};
}

ClaimItems with_room(std::size_t count) {
    ClaimItems items;
    items.reserve(count);
    return items;
}

void add_parent(ClaimItems& items, const ResourcePath& path) {
    if (!path.is_root()) items.push_back(shared(path.parent()));
}

}  // namespace

ClaimItems claim_resource(const ResourcePath& path) {
    return {exclusive(path)};
}

ClaimItems claim_member(const ResourcePath& path) {
    auto items = with_room(2);
    items.push_back(exclusive(path));
    add_parent(items, path);
    return items;
}

ClaimItems claim_tree(const ResourcePath& path) {
    auto items = with_room(2);
    items.push_back(exclusive(path, true));
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

ClaimItems with_conditions(ClaimItems items, const std::optional<IfHeader>& header) {
    if (!header) return items;
    for (const auto& list : header->lists)
        if (list.tag && list.tag->path && (items.empty() || items.back().path != *list.tag->path))
            items.push_back(shared(*list.tag->path));
    return items;
}

/// A request is granted when it conflicts with no earlier one, held or waiting.
struct ClaimTable::State {
    std::mutex mutex;
    ClaimIndex index;
    std::uint64_t arrivals = 0;
};

ClaimTable::ClaimTable() : state_(std::make_shared<State>()) {}

void ClaimTable::acquire(ClaimItems items, std::function<void(Claim)> granted) {
    Claim claim;
    claim.request_ = std::make_shared<ClaimRequest>();
    auto& request = *claim.request_;
    request.items = std::move(items);
    {
        const std::lock_guard guard(state_->mutex);
        request.arrival = ++state_->arrivals;
        const auto obstacles = state_->index.obstacles(request.items);
        state_->index.add(request);
        for (auto* obstacle : obstacles) obstacle->held_up.push_back(claim.request_);
        request.obstacles = obstacles.size();
        if (request.obstacles > 0) {
            request.granted = std::move(granted);
            return;
        }
    }
    claim.state_ = state_;
    granted(std::move(claim));
}

std::optional<ClaimTable::Claim> ClaimTable::try_acquire(ClaimItems items) {
    Claim claim;
    const std::lock_guard guard(state_->mutex);
    if (!state_->index.obstacles(items).empty()) return std::nullopt;
    claim.request_ = std::make_shared<ClaimRequest>();
    claim.request_->items = std::move(items);
    claim.request_->arrival = ++state_->arrivals;
    state_->index.add(*claim.request_);
    claim.state_ = state_;
    return claim;
}

void ClaimTable::Claim::release() {
    if (!state_) return;
    const auto state = std::exchange(state_, nullptr);
    const auto request = std::exchange(request_, nullptr);
    std::vector<std::shared_ptr<ClaimRequest>> ready;
    {
        const std::lock_guard guard(state->mutex);
        state->index.remove(*request);
        for (auto& later : request->held_up)
            if (--later->obstacles == 0) ready.push_back(std::move(later));
    }
    for (auto& next : ready) {
        const auto granted = std::exchange(next->granted, nullptr);
        Claim claim;
        claim.state_ = state;
        claim.request_ = std::move(next);
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
