#pragma once
#include <functional>

#include "davit/store/property_store.hpp"
#include "diverted.hpp"

namespace davit::fs {

/// A layer in front of the volume's stores: replaces each path by the place where the resource is really stored.
/// Listings show the directory alone, so only a request for its name finds a diverted resource.
class DivertingResources final : public store::ResourceStore {
public:
    DivertingResources(const Diverted& diverted, store::ResourceStore& inner) : diverted_(diverted), inner_(inner) {}

    Result<store::ResourceInfo> stat(const ResourcePath& path, store::Waiting waiting) const override;
    Result<store::Look> look(const ResourcePath& path, store::ListingContent content,
                             store::Waiting waiting) const override;
    Result<std::shared_ptr<const store::Content>> open(const ResourcePath& path, store::Waiting waiting) const override;
    Result<std::unique_ptr<store::Listing>> list(const ResourcePath& path,
                                                 store::ListingContent content) const override;
    Result<bool> begins_as_utf8(const ResourcePath& path, const store::ResourceInfo& info,
                                store::Waiting waiting) const override;
    Result<std::unique_ptr<store::Upload>> begin_upload(const ResourcePath& path,
                                                        std::optional<std::uint64_t> expected_size) override;
    Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) override;
    Result<void> remove(const ResourcePath& path, const store::Actor& by) override;
    Result<void> check_links_stay(const ResourcePath& from, const ResourcePath& to,
                                  const store::Deadline& until) const override {
        return inner_.check_links_stay(from, to, until);
    }
    Result<void> check_no_mount_inside(const ResourcePath& path) const override {
        return inner_.check_no_mount_inside(path);
    }
    Result<void> check_removal(const ResourcePath& path) const override;
    Result<void> check_new_name(const ResourcePath& path) const override;
    Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, store::Replace replace,
                      const store::Actor& by, const store::Deadline& until) override;
    Result<bool> copy_member(const ResourcePath& from, const ResourcePath& to, const TreeEnds& tree,
                             const store::Actor& by, const store::Deadline& until) override;
    Result<bool> move(const ResourcePath& from, const ResourcePath& to, store::Replace replace, const store::Actor& by,
                      store::Waiting waiting, const store::Deadline& until) override;
    Result<store::Quota> quota(const ResourcePath& path) const override;
    Result<store::Resolved> resolve(const ResourcePath& path, store::LastLink last,
                                    store::Waiting waiting) const override;
    bool needs_resolving(const ResourcePath& path) const override { return inner_.needs_resolving(path); }
    bool is_other_name(const ResourcePath& path, const ResourcePath& other) const override {
        return inner_.is_other_name(path, other);
    }

private:
    Result<bool> arrive(const ResourcePath& to, const store::Actor& by,
                        const std::function<Result<bool>(const ResourcePath& place)>& come);

    const Diverted& diverted_;
    store::ResourceStore& inner_;
};

class DivertingProperties final : public store::PropertyStore {
public:
    DivertingProperties(const Diverted& diverted, store::PropertyStore& inner) : diverted_(diverted), inner_(inner) {}
    Result<PropertySet> read(const ResourcePath& path, store::Waiting waiting) const override;
    Result<void> write(const ResourcePath& path, const store::PropertyChange& change) override;

private:
    const Diverted& diverted_;
    store::PropertyStore& inner_;
};

}  // namespace davit::fs
