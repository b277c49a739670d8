#include "listing.hpp"

#include <dirent.h>
#include <fcntl.h>

#include "errors.hpp"
#include "resolve.hpp"

namespace davit::fs {
namespace {

using Directory = std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })>;

class FolderListing final : public store::Listing {
public:
    FolderListing(const Volume& volume, ResourcePath path, Directory directory, store::ListingContent content)
        : volume_(volume), path_(std::move(path)), directory_(std::move(directory)), content_(content) {}

    Result<bool> next(store::Entry& entry) override {
        while (true) {
            errno = 0;
            const auto* found = ::readdir(directory_.get());
            if (!found && errno != 0) return system_error("readdir");
            if (!found) return false;
            if (is_shown(path_, found->d_name) && fill(entry, found->d_name)) return true;
        }
    }

private:
    int folder() const { return ::dirfd(directory_.get()); }

    /// Returns false for an entry that has vanished or is not a resource.
    bool fill(store::Entry& entry, const char* name) {
        entry.name = name;
        entry.properties = {};
        entry.properties_hidden = false;
        entry.target.reset();
        entry.via.clear();
        auto found = entry_info(folder(), name);
        if (!found) {
            if (found.error().code == FailureCode::not_found) return false;
            entry.info = std::unexpected(std::move(found.error()));
            return true;
        }
        if (S_ISLNK(found->mode)) return follow(entry);
        if (!S_ISREG(found->mode) && !S_ISDIR(found->mode)) return false;
        if (found->mounted && is_state(volume_, *found)) return false;
        entry.info = found->info;
        if (content_ == store::ListingContent::info_and_properties) add_properties_of(entry, *found, name);
        return true;
    }

    /// Most files have no properties, and reading them costs as much as the stat.
    void add_properties_of(store::Entry& entry, const EntryInfo& found, const char* name) {
        if (volume_.bare->has_none(found)) return;
        auto set = volume_.property_sets->read_at(folder(), name);
        if (set && set->empty()) volume_.bare->keep(found);
        add_properties(entry, std::move(set));
    }

    /// A link that leads out of the root, into the state directory, or to nothing, is not shown.
    bool follow(store::Entry& entry) {
        const bool with_properties = content_ == store::ListingContent::info_and_properties;
        auto resolved = resolve_member(volume_, path_, entry.name);
        if (!resolved || resolved->failure || resolved->leads_to) return false;
        entry.via = std::move(resolved->links);
        const auto& member = entry.target.emplace(std::move(resolved->path));
        const auto target = open_resource(volume_, member, O_PATH);
        if (!target) return false;
        const auto info = info_of(target->get());
        if (!info) return false;
        entry.info = *info;
        if (!with_properties) return true;
        const auto fd = open_resource(volume_, member, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        add_properties(entry, fd ? volume_.property_sets->read(fd->get()) : std::unexpected(fd.error()));
        return true;
    }

    static void add_properties(store::Entry& entry, Result<PropertySet> set) {
        if (set)
            entry.properties = std::move(*set);
        else if (lacks_permission(set.error().code))  // shown, although the server may not read its properties
            entry.properties_hidden = true;
        else
            entry.info = std::unexpected(std::move(set.error()));
    }

    const Volume& volume_;
    ResourcePath path_;
    Directory directory_;
    store::ListingContent content_;
};

}  // namespace

bool is_shown(const ResourcePath& /*folder*/, std::string_view name) {
    return name != "." && name != ".." && !ResourcePath::is_reserved(name);
}

Result<std::unique_ptr<store::Listing>> open_listing(const Volume& volume, const ResourcePath& path,
                                                     store::ListingContent content) {
    auto fd = open_resource(volume, path, O_RDONLY | O_DIRECTORY);
    if (!fd) return std::unexpected(std::move(fd.error()));
    Directory directory(::fdopendir(fd->get()));
    if (!directory) return system_error("fdopendir");
    fd->release();
    return std::make_unique<FolderListing>(volume, path, std::move(directory), content);
}

}  // namespace davit::fs
