#pragma once
#include "volume.hpp"

namespace davit::fs {

/// store::ResourceStore on a volume.
class FileResources final : public store::ResourceStore {
public:
    explicit FileResources(Volume& volume) : volume_(volume) {}

    Result<store::ResourceInfo> stat(const ResourcePath& path, store::Waiting waiting) const override;
    Result<store::Look> look(const ResourcePath& path, store::ListingContent content,
                             store::Waiting waiting) const override;
    Result<std::shared_ptr<const store::Content>> open(const ResourcePath& path, store::Waiting waiting) const override;
    Result<std::unique_ptr<store::Listing>> list(const ResourcePath& path,
                                                 store::ListingContent content) const override;
    Result<std::unique_ptr<store::Upload>> begin_upload(const ResourcePath& path,
                                                        std::optional<std::uint64_t> expected_size) override;
    Result<std::unique_ptr<store::Upload>> begin_upload_if(const ResourcePath& path,
                                                           std::optional<std::uint64_t> expected_size,
                                                           const store::Consider& consider) override;
    Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) override;
    Result<void> remove(const ResourcePath& path, const store::Actor& by) override;
    Result<void> check_no_mount_inside(const ResourcePath& path) const override;
    Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, store::Replace replace,
                      const store::Actor& by, const store::Deadline& until) override;
    Result<bool> move(const ResourcePath& from, const ResourcePath& to, store::Replace replace, const store::Actor& by,
                      store::Waiting waiting, const store::Deadline& until) override;
    Result<store::Quota> quota(const ResourcePath& path) const override;
    Result<store::Resolved> resolve(const ResourcePath& path, store::LastLink last,
                                    store::Waiting waiting) const override;
    bool needs_resolving(const ResourcePath& path) const override { return volume_.spelling.has_forms(path.str()); }

private:
    Result<bool> put_copy_in_place(const Aside& aside, const Place& place, store::Replace replace, Leaving replaced);

    Volume& volume_;
};

}  // namespace davit::fs
