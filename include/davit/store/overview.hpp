#pragma once
// The collections above several shares: names only, and read-only.
#include <set>
#include <vector>

#include "davit/store/lock_store.hpp"
#include "davit/store/property_store.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::store {

/// Implements all three ports. Only reads succeed; every write fails with read_only.
class Overview final : public ResourceStore, public PropertyStore, public LockStore {
public:
    /// `places`: the URL paths of the shares, which are shown with all collections above them. `since`: the
    /// modification time of these.
    Overview(const std::vector<ResourcePath>& places, FileTime since);

    Result<ResourceInfo> stat(const ResourcePath& path, Waiting waiting) const override;
    Result<Look> look(const ResourcePath& path, ListingContent content, Waiting waiting) const override;
    Result<std::shared_ptr<const Content>> open(const ResourcePath& path, Waiting waiting) const override;
    Result<std::unique_ptr<Listing>> list(const ResourcePath& path, ListingContent content) const override;
    Result<std::unique_ptr<Upload>> begin_upload(const ResourcePath& path,
                                                 std::optional<std::uint64_t> expected_size) override;
    Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) override;
    Result<void> remove(const ResourcePath& path, const Actor& by) override;
    Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, Replace replace, const Actor& by,
                      const Deadline& until) override;
    Result<bool> move(const ResourcePath& from, const ResourcePath& to, Replace replace, const Actor& by,
                      Waiting waiting, const Deadline& until) override;
    Result<Quota> quota(const ResourcePath& path) const override;

    Result<PropertySet> read(const ResourcePath& path, Waiting waiting) const override;
    Result<void> write(const ResourcePath& path, const PropertyChange& change) override;

    bool empty() const override { return true; }
    std::vector<Lock> covering(const ResourcePath& /*path*/) const override { return {}; }
    std::vector<Lock> below(const ResourcePath& /*path*/) const override { return {}; }
    Lock find(const LockToken& /*token*/) const override { return nullptr; }
    std::vector<Lock> all() const override { return {}; }
    std::size_t count(std::string_view /*principal*/) const override { return 0; }
    std::size_t count() const override { return 0; }
    Result<void> add(Lock lock) override;
    Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                         std::chrono::system_clock::time_point expires) override;
    Result<void> remove(const LockToken& token) override;
    void remove_tree(const ResourcePath& /*path*/) override {}
    Result<void> will_replace(const ResourcePath& path, const ResourceInfo& there) override;
    void replaced(const ResourcePath& /*path*/, bool /*done*/) override {}
    void drop_expired() override {}

private:
    std::set<ResourcePath> places_;
    FileTime since_;
};

}  // namespace davit::store
