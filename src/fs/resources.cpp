#include "resources.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <limits>

#include "content.hpp"
#include "errors.hpp"
#include "learn.hpp"
#include "listing.hpp"
#include "removal_check.hpp"
#include "rename.hpp"
#include "replace.hpp"
#include "resolve.hpp"
#include "same_place.hpp"
#include "tree_copy.hpp"
#include "tree_links.hpp"
#include "upload.hpp"

namespace davit::fs {
namespace {

Result<void> sync_after(const Volume& volume, int folder) {
    auto synced = volume.sync_folder(folder);
    // The change has happened, but whether it survives a crash is unknown.
    if (!synced) synced.error().changed = Changed::unknown;
    return synced;
}

/// Removes what was built in the temporary place, if anything.
void discard(Volume& volume, const Aside& aside) {
    auto budget = std::numeric_limits<std::size_t>::max();
    if (remove_tree(aside.folder, aside.name.c_str(), budget)) settle(volume, aside);
    volume.attributes->abandon({aside.folder, aside.name});
}

/// Gives a directory, after its move, the mode with which it could not be moved.
Result<void> close_folder(const Volume& volume, int folder, mode_t mode) {
    auto closed = ::fchmod(folder, mode) == 0 ? volume.sync(folder) : system_error("fchmod");
    if (!closed) closed.error().changed = Changed::unknown;
    return closed;
}

/// Other requests wait for the reserved name, so it is held for the one call that creates it and not during a sync.
Result<void> make_bare_folder(Volume& volume, const Place& place) {
    const auto reserved = volume.spelling.reserve(place);
    if (!reserved) return std::unexpected(reserved.error());
    if (::mkdirat(place.folder.get(), place.name.c_str(), 0777) != 0) return system_error("mkdirat");
    return {};
}

Result<void> give_name(Volume& volume, const Aside& aside, const Place& place) {
    const auto reserved = volume.spelling.reserve(place);
    if (!reserved) return std::unexpected(reserved.error());
    const auto change = volume.attributes->follow_move({aside.folder, aside.name}, {place.folder.get(), place.name});
    if (!change) return std::unexpected(change.error());
    if (rename_to_free_name(aside.folder, aside.name.c_str(), place.folder.get(), place.name.c_str()) != 0)
        return system_error("renameat2");
    finish(*change);
    return {};
}

/// Builds the directory completely before it becomes visible.
Result<void> make_folder(Volume& volume, const Place& place, const ResourcePath& path, const PropertySet& properties) {
    const auto aside = aside_for(volume, place.folder.get(), path.parent(), volume.state.tmp());
    if (!aside) return std::unexpected(aside.error());
    auto done = ::mkdirat(aside->folder, aside->name.c_str(), 0777) == 0 ? Result<void>() : system_error("mkdirat");
    const UniqueFd made(::openat(aside->folder, aside->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (done) done = made ? volume.property_sets->begin(made.get()) : system_error("openat");
    if (done) done = volume.property_sets->write(made.get(), properties);
    if (done) done = volume.sync(made.get());
    if (done) done = give_name(volume, *aside, place);
    if (done) {
        settle(volume, *aside);
        return done;
    }
    done.error().changed = Changed::none;  // whatever happened to it, no client has seen it
    discard(volume, *aside);
    return done;
}

/// The result of look() for a resource that the server may see but not read; `refused` is the failure.
Result<store::Look> look_unread(const Volume& volume, const ResourcePath& path, store::Waiting waiting,
                                const Failure& refused) {
    if (!refused.system || refused.system->number != EACCES) return std::unexpected(refused);
    const auto fd = open_resource(volume, path, O_PATH, waiting);
    if (!fd) return std::unexpected(fd.error());
    const auto info = info_of(fd->get());
    if (!info) return std::unexpected(info.error());
    return store::Look{*info, {}, true};
}

/// Checks that the server may change names in the directory.
Result<void> check_folder(int folder) {
    return ::faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0 ? Result<void>() : system_error("faccessat");
}

bool crosses_mounts(const Result<bool>& renamed) {
    return !renamed && renamed.error().system && renamed.error().system->number == EXDEV;
}

}  // namespace

Result<store::ResourceInfo> FileResources::stat(const ResourcePath& path, store::Waiting waiting) const {
    if (const auto known = volume_.known->find(path, waiting)) return known->info();
    const auto fd = open_resource(volume_, path, O_PATH | O_NOFOLLOW, waiting);
    if (!fd) return std::unexpected(fd.error());
    const auto entry = entry_info(fd->get());
    if (!entry) return std::unexpected(entry.error());
    if (S_ISLNK(entry->mode)) return info_of_link(volume_, path, waiting);
    if (auto served = check_served(entry->mode); !served) return std::unexpected(std::move(served.error()));
    return entry->info;
}

Result<store::Look> FileResources::look(const ResourcePath& path, store::ListingContent content,
                                        store::Waiting waiting) const {
    const bool with_properties = content == store::ListingContent::info_and_properties;
    if (const auto known = volume_.known->find(path, waiting))
        return store::Look{known->info(), with_properties ? known->property_set() : PropertySet()};
    if (with_properties && waiting == store::Waiting::refused && volume_.attributes->is_kept_by_name())
        return fail(FailureCode::would_block, "Its properties are in the database.");
    const int flags = with_properties ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH;
    const auto fd = open_resource(volume_, path, flags, waiting);
    if (!fd && with_properties) return look_unread(volume_, path, waiting, fd.error());
    if (!fd) return std::unexpected(fd.error());
    if (with_properties && volume_.known->worth_keeping(path))
        if (const auto known = learn(volume_, path, fd->get()))
            return store::Look{known->info(), known->property_set()};
    const auto info = info_of(fd->get());
    if (!info) return std::unexpected(info.error());
    if (!with_properties) return store::Look{*info, {}};
    auto properties = volume_.property_sets->read(fd->get(), waiting);
    if (!properties) return std::unexpected(std::move(properties.error()));
    return store::Look{*info, std::move(*properties)};
}

Result<std::shared_ptr<const store::Content>> FileResources::open(const ResourcePath& path,
                                                                  store::Waiting waiting) const {
    return open_content(volume_, path, waiting);
}

Result<std::unique_ptr<store::Listing>> FileResources::list(const ResourcePath& path,
                                                            store::ListingContent content) const {
    return open_listing(volume_, path, content);
}

Result<bool> FileResources::begins_as_utf8(const ResourcePath& path, const store::ResourceInfo& info,
                                           store::Waiting waiting) const {
    if (const auto known = volume_.texts->begins_as_utf8(info)) return *known;
    return fs::begins_as_utf8(volume_, path, waiting);
}

Result<std::unique_ptr<store::Upload>> FileResources::begin_upload(const ResourcePath& path,
                                                                   std::optional<std::uint64_t> expected_size) {
    return fs::begin_upload(volume_, path, expected_size);
}

Result<std::unique_ptr<store::Upload>> FileResources::begin_upload_if(const ResourcePath& path,
                                                                      std::optional<std::uint64_t> expected_size,
                                                                      const store::Consider& consider) {
    if (path.is_root()) return ResourceStore::begin_upload_if(path, expected_size, consider);  // the root has no parent
    return fs::begin_upload(volume_, path, expected_size, consider);
}

Result<void> FileResources::make_collection(const ResourcePath& path, const PropertySet& properties) {
    const auto place = open_place(volume_.root.get(), path);
    if (!place) return parent_error(place.error());
    auto made = properties.empty() && !volume_.attributes->leave_traces()
                    ? make_bare_folder(volume_, *place)
                    : make_folder(volume_, *place, path, properties);
    if (!made) return error_in(place->folder.get(), std::move(made.error()));
    return sync_after(volume_, place->folder.get());
}

Result<void> FileResources::remove(const ResourcePath& path, const store::Actor& by) {
    const auto place = open_place(volume_.root.get(), path);
    if (!place) return std::unexpected(place.error());
    const auto change = volume_.attributes->follow_removal({place->folder.get(), place->name});
    if (!change) return std::unexpected(change.error());
    std::optional<std::string> trash_id;
    const Leaving leaving{path, by, &trash_id};
    auto taken = take_away(volume_, place->folder.get(), place->name, leaving);
    if (!taken && taken.error().code == FailureCode::no_space && volume_.reserve.give_up())
        taken = take_away(volume_, place->folder.get(), place->name, leaving);
    conclude(*change, taken, trash_id);
    if (!taken) return taken;
    return sync_after(volume_, place->folder.get());
}

Result<void> FileResources::check_no_mount_inside(const ResourcePath& path) const {
    const auto place = open_place(volume_.root.get(), path);
    if (!place) return std::unexpected(place.error());
    return fs::check_no_mount_inside(volume_, place->folder.get(), place->name, path);
}

/// Properties that are stored by name follow the rename.
Result<bool> FileResources::rename_followed(const Mover& mover, const Place& place, store::Replace replace,
                                            Leaving replaced) {
    const auto change = volume_.attributes->follow_move({mover.folder, mover.name}, {place.folder.get(), place.name});
    if (!change) return std::unexpected(change.error());
    std::optional<std::string> trash_id;
    replaced.trash_id = &trash_id;
    auto created = rename_into(volume_, mover, place, replace, replaced);
    conclude(*change, created, trash_id);
    return created;
}

Result<bool> FileResources::copy(const ResourcePath& from, const ResourcePath& to, Depth depth, store::Replace replace,
                                 const store::Actor& by, const store::Deadline& until) {
    const auto place = open_place(volume_.root.get(), to);
    if (!place) return parent_error(place.error());
    return build_and_bring({from, to, *place, depth, until}, replace, by);
}

Result<bool> FileResources::copy_member(const ResourcePath& from, const ResourcePath& to, const TreeEnds& tree,
                                        const store::Actor& by, const store::Deadline& until) {
    const auto place = open_place(volume_.root.get(), to);
    if (!place) return parent_error(place.error());
    return build_and_bring({from, to, *place, Depth::zero, until, false, &tree}, store::Replace::may_exist, by);
}

Result<bool> FileResources::build_and_bring(const CopyRequest& request, store::Replace replace,
                                            const store::Actor& by) {
    const auto built = build(request, std::nullopt);
    if (!built) return std::unexpected(built.error());
    return bring(request, *built, replace, by);
}

/// Builds the copy in a temporary place. With `source`, the directory of a link: copies the link itself.
Result<FileResources::Built> FileResources::build(const CopyRequest& request, std::optional<int> source) {
    const auto& place = request.place;
    auto aside = aside_for(volume_, place.folder.get(), request.to.parent(), volume_.state.tmp());
    if (!aside) return std::unexpected(aside.error());
    Result<std::optional<mode_t>> mode = std::nullopt;
    if (!source)
        mode = copy_aside(volume_, request, *aside);
    else if (auto linked = copy_link_aside(volume_, *source, request, *aside); !linked)
        mode = std::unexpected(std::move(linked.error()));
    if (mode && volume_.durable && ::syncfs(place.folder.get()) != 0) mode = system_error("syncfs");
    if (mode) return Built{std::move(*aside), *mode};
    mode.error().changed = Changed::none;  // whatever happened to it, no client has seen it
    discard(volume_, *aside);
    return std::unexpected(std::move(mode.error()));
}

/// Moves the copy to its place.
Result<bool> FileResources::bring(const CopyRequest& request, const Built& built, store::Replace replace,
                                  const store::Actor& by) {
    const auto& [aside, mode] = built;
    const auto& place = request.place;
    UniqueFd open;
    if (mode) open = UniqueFd(::openat(aside.folder, aside.name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto reserved = volume_.spelling.reserve(place);
    auto created = reserved ? rename_followed({aside.folder, aside.name, {}}, place, replace, {request.to, by})
                            : std::unexpected(reserved.error());
    if (!created) {
        discard(volume_, aside);
        return error_in(place.folder.get(), std::move(created.error()));
    }
    settle(volume_, aside);
    *reserved = {};
    if (auto closed = mode ? close_folder(volume_, open.get(), *mode) : Result<void>(); !closed)
        return std::unexpected(std::move(closed.error()));
    if (auto synced = sync_after(volume_, place.folder.get()); !synced)
        return std::unexpected(std::move(synced.error()));
    return created;
}

Result<bool> FileResources::move(const ResourcePath& from, const ResourcePath& to, store::Replace replace,
                                 const store::Actor& by, store::Waiting waiting, const store::Deadline& until) {
    auto other = open_place(volume_.root.get(), from);
    if (!other) return std::unexpected(other.error());
    // Within one directory, which is opened and synced once.
    const bool within = from.parent() == to.parent();
    const auto place = within ? Result<Place>(Place{std::move(other->folder), std::string(to.name())})
                              : open_place(volume_.root.get(), to);
    if (!place) return parent_error(place.error());
    const int source = within ? place->folder.get() : other->folder.get();
    // A copy checks the links itself.
    const bool may_replace = within && replace == store::Replace::may_exist && waiting == store::Waiting::allowed;
    const auto mine = may_replace ? entry_info(source, other->name.c_str()) : system_error("statx");
    if (mine && S_ISDIR(mine->mode) && entry_info(source, place->name.c_str()))
        if (auto stay = fs::check_links_stay(volume_, from, to, until); !stay)
            return std::unexpected(std::move(stay.error()));
    auto rewrites = within ? Result<bool>(false) : must_be_copied(source, other->name, waiting, until);
    if (!rewrites) return std::unexpected(std::move(rewrites.error()));
    auto reserved = volume_.spelling.reserve(*place, waiting);
    if (!reserved) return std::unexpected(reserved.error());
    auto created = *rewrites ? system_error("renameat2", EXDEV)
                             : rename_followed({source, other->name, from, true}, *place, replace, {to, by});
    if (crosses_mounts(created)) {
        // A copy, followed by the removal of the source.
        if (waiting == store::Waiting::refused) return system_error("renameat2", EAGAIN);
        if (auto removable = check_removable(volume_, source, other->name, from); !removable)
            return std::unexpected(std::move(removable.error()));
        *reserved = {};  // bring() reserves it itself
        created = move_by_copy({from, to, *place, Depth::infinity, until, true}, source, replace, by);
        if (!created) return created;
    }
    if (!created && !within) return error_in(place->folder.get(), std::move(created.error()));
    if (!created) return created;
    *reserved = {};
    if (auto synced = sync_after(volume_, place->folder.get()); !synced)
        return std::unexpected(std::move(synced.error()));
    if (within) return created;
    if (auto synced = sync_after(volume_, source); !synced) return std::unexpected(std::move(synced.error()));
    return created;
}

Result<void> FileResources::check_links_stay(const ResourcePath& from, const ResourcePath& to,
                                             const store::Deadline& until) const {
    return fs::check_links_stay(volume_, from, to, until);
}

Result<store::Resolved> FileResources::resolve(const ResourcePath& path, store::LastLink last,
                                               store::Waiting waiting) const {
    return fs::resolve(volume_, path, last, waiting);
}

/// Links in an entry that moves to another directory may need another text.
Result<bool> FileResources::must_be_copied(int folder, const std::string& name, store::Waiting waiting,
                                           const store::Deadline& until) const {
    if (waiting == store::Waiting::allowed) return has_moving_links(folder, name, until);
    const auto entry = entry_info(folder, name.c_str());
    if (entry && !S_ISREG(entry->mode)) return system_error("readdir", EAGAIN);
    return false;
}

/// Moves what no rename can: across mounts, or with links that need another text.
Result<bool> FileResources::move_by_copy(const CopyRequest& request, int source, store::Replace replace,
                                         const store::Actor& by) {
    const std::string name(request.from.name());
    const auto entry = entry_info(source, name.c_str());
    if (!entry) return std::unexpected(entry.error());
    const auto built = build(request, S_ISLNK(entry->mode) ? std::optional(source) : std::nullopt);
    if (!built) return std::unexpected(built.error());
    const auto copy = entry_info(built->aside.folder, built->aside.name.c_str());
    const auto removal = volume_.attributes->follow_removal({source, name});
    bool brought = false;
    const auto arrive = [&] {
        brought = true;
        return bring(request, *built, replace, by);
    };
    auto moved = Result<bool>(std::unexpected(copy ? Failure() : copy.error()));
    if (copy && !removal) moved = std::unexpected(removal.error());
    if (copy && removal)
        moved = replace_source(volume_, {source, name, request.from, true}, request.to, copy->info, arrive);
    if (removal) conclude(*removal, moved);
    if (!brought) discard(volume_, built->aside);
    return moved;
}

bool FileResources::is_other_name(const ResourcePath& path, const ResourcePath& other) const {
    const auto one = open_place(volume_.root.get(), path);
    const auto two = open_place(volume_.root.get(), other);
    return one && two && one->name != two->name && is_same_folder(one->folder.get(), two->folder.get()) &&
           is_one_entry(one->folder.get(), one->name, two->name);
}

Result<void> FileResources::check_removal(const ResourcePath& path) const {
    const auto place = open_place(volume_.root.get(), path);
    if (!place) return std::unexpected(place.error());
    if (auto changed = check_folder(place->folder.get()); !changed) return changed;
    const auto entry = entry_info(place->folder.get(), place->name.c_str());
    if (!entry) return std::unexpected(entry.error());
    if (!S_ISDIR(entry->mode)) return {};
    return check_removable(volume_, place->folder.get(), place->name, path);
}

Result<void> FileResources::check_new_name(const ResourcePath& path) const {
    const auto place = open_place(volume_.root.get(), path);
    if (!place) return parent_error(place.error());
    if (auto changed = check_folder(place->folder.get()); !changed) return changed;
    const auto entry = entry_info(place->folder.get(), place->name.c_str());
    return entry || entry.error().code == FailureCode::not_found ? Result<void>() : std::unexpected(entry.error());
}

Result<store::Quota> FileResources::quota(const ResourcePath& path) const {
    const auto fd = open_resource(volume_, path, O_PATH);
    if (!fd) return std::unexpected(fd.error());
    struct statvfs room{};
    if (::fstatvfs(fd->get(), &room) != 0) return system_error("fstatvfs");
    return store::Quota{room.f_bavail * room.f_frsize, (room.f_blocks - room.f_bfree) * room.f_frsize};
}

}  // namespace davit::fs
