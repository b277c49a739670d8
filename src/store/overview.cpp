#include "davit/store/overview.hpp"

#include <algorithm>
#include <iterator>

namespace davit::store {
namespace {

std::unexpected<Failure> refuse() {
    return fail(FailureCode::read_only, "Nothing can be changed above the collections that are served.");
}

std::unexpected<Failure> nothing() {
    return fail(FailureCode::not_found, "There is nothing at this URL.");
}

class Names final : public Listing {
public:
    Names(std::vector<std::string> names, const Overview& overview, ResourcePath base)
        : names_(std::move(names)), overview_(overview), base_(std::move(base)) {}

    Result<bool> next(Entry& entry) override {
        if (names_.empty()) return false;
        entry.name = std::move(names_.back());
        names_.pop_back();
        entry.info = overview_.stat(base_.child(entry.name), Waiting::allowed);
        entry.properties = {};
        return true;
    }

private:
    std::vector<std::string> names_;
    const Overview& overview_;
    ResourcePath base_;
};

}  // namespace

Overview::Overview(const std::vector<ResourcePath>& places, FileTime since) : since_(since) {
    places_.emplace();
    for (auto place : places)
        for (; !place.is_root(); place = place.parent()) places_.insert(place);
}

Result<ResourceInfo> Overview::stat(const ResourcePath& path, Waiting /*waiting*/) const {
    const auto found = places_.find(path);
    if (found == places_.end()) return nothing();
    const auto number = static_cast<std::uint64_t>(std::distance(places_.begin(), found)) + 1;
    return ResourceInfo{.collection = true, .identity = number, .modified = since_, .created = since_};
}

Result<Look> Overview::look(const ResourcePath& path, ListingContent /*content*/, Waiting waiting) const {
    const auto info = stat(path, waiting);
    if (!info) return std::unexpected(info.error());
    return Look{*info, {}};
}

Result<std::shared_ptr<const Content>> Overview::open(const ResourcePath& path, Waiting /*waiting*/) const {
    if (!places_.contains(path)) return nothing();
    return fail(FailureCode::is_a_collection, "A collection stands here.");
}

Result<std::unique_ptr<Listing>> Overview::list(const ResourcePath& path, ListingContent /*content*/) const {
    if (!places_.contains(path)) return nothing();
    std::vector<std::string> names;
    for (const auto& place : places_)
        if (path.is_parent_of(place)) names.emplace_back(place.name());
    std::ranges::reverse(names);
    return std::make_unique<Names>(std::move(names), *this, path);
}

Result<std::unique_ptr<Upload>> Overview::begin_upload(const ResourcePath& /*path*/,
                                                       std::optional<std::uint64_t> /*expected_size*/) {
    return refuse();
}
Result<void> Overview::make_collection(const ResourcePath& /*path*/, const PropertySet& /*properties*/) {
    return refuse();
}
Result<void> Overview::remove(const ResourcePath& /*path*/, const Actor& /*by*/) {
    return refuse();
}
Result<bool> Overview::copy(const ResourcePath& /*from*/, const ResourcePath& /*to*/, Depth /*depth*/,
                            Replace /*replace*/, const Actor& /*by*/, const Deadline& /*until*/) {
    return refuse();
}
Result<bool> Overview::move(const ResourcePath& /*from*/, const ResourcePath& /*to*/, Replace /*replace*/,
                            const Actor& /*by*/, Waiting /*waiting*/, const Deadline& /*until*/) {
    return refuse();
}
Result<Quota> Overview::quota(const ResourcePath& /*path*/) const {
    return nothing();
}
Result<PropertySet> Overview::read(const ResourcePath& /*path*/, Waiting /*waiting*/) const {
    return PropertySet{};
}
Result<void> Overview::write(const ResourcePath& /*path*/, const PropertyChange& /*change*/) {
    return refuse();
}
Result<void> Overview::add(Lock /*lock*/) {
    return refuse();
}
Result<void> Overview::refresh(const LockToken& /*token*/, std::chrono::seconds /*timeout*/,
                               std::chrono::system_clock::time_point /*expires*/) {
    return refuse();
}
Result<void> Overview::remove(const LockToken& /*token*/) {
    return refuse();
}
Result<void> Overview::will_replace(const ResourcePath& /*path*/, const ResourceInfo& /*there*/) {
    return refuse();
}

}  // namespace davit::store
