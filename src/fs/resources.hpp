#pragma once
#include "replace.hpp"
#include "tree_copy.hpp"
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
    Result<bool> begins_as_utf8(const ResourcePath& path, const store::ResourceInfo& info,
                                store::Waiting waiting) const override;
    Result<std::unique_ptr<store::Upload>> begin_upload(const ResourcePath& path,
                                                        std::optional<std::uint64_t> expected_size) override;
    Result<std::unique_ptr<store::Upload>> begin_upload_if(const ResourcePath& path,
                                                           std::optional<std::uint64_t> expected_size,
                                                           const store::Consider& consider) override;
    Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) override;
    Result<void> remove(const ResourcePath& path, const store::Actor& by) override;
    Result<void> check_no_mount_inside(const ResourcePath& path) const override;
    Result<void> check_links_stay(const ResourcePath& from, const ResourcePath& to,
                                  const store::Deadline& until) const override;
    Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, store::Replace replace,
                      const store::Actor& by, const store::Deadline& until) override;
    Result<bool> copy_member(const ResourcePath& from, const ResourcePath& to, const TreeEnds& tree,
                             const store::Actor& by, const store::Deadline& until) override;
    Result<bool> move(const ResourcePath& from, const ResourcePath& to, store::Replace replace, const store::Actor& by,
                      store::Waiting waiting, const store::Deadline& until) override;
    Result<store::Quota> quota(const ResourcePath& path) const override;
    Result<store::Resolved> resolve(const ResourcePath& path, store::LastLink last,
                                    store::Waiting waiting) const override;
    bool needs_resolving(const ResourcePath& path) const override { return volume_.spelling.has_forms(path.str()); }

    Result<void> check_removal(const ResourcePath& path) const override;
    Result<void> check_new_name(const ResourcePath& path) const override;
    bool is_other_name(const ResourcePath& path, const ResourcePath& other) const override;

private:
    Result<bool> build_and_bring(const CopyRequest& request, store::Replace replace, const store::Actor& by);
    Result<bool> rename_followed(const Mover& mover, const Place& place, store::Replace replace, Leaving replaced);
    struct Built {
        Aside aside;
        std::optional<mode_t> mode;  ///< must still be set
    };
    Result<Built> build(const CopyRequest& request, std::optional<int> source);
    Result<bool> bring(const CopyRequest& request, const Built& built, store::Replace replace, const store::Actor& by);
    Result<bool> must_be_copied(int folder, const std::string& name, store::Waiting waiting,
                                const store::Deadline& until) const;
    Result<bool> move_by_copy(const CopyRequest& request, int source, store::Replace replace, const store::Actor& by);

    Volume& volume_;
};

}  // namespace davit::fs
