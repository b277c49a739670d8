#include "file_trash.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "errors.hpp"
#include "replace.hpp"
#include "tree_links.hpp"

namespace davit::fs {
namespace {

/// Moves a diverted file to the trash after an ordinary resource has taken its name.
void take_former(Volume& volume, const Result<ResourcePath>& former, const ResourcePath& now) {
    if (!former || *former == now) return;
    const auto place = open_place(volume.root.get(), *former);
    if (place) (void)take_away_for_good(volume, place->folder.get(), place->name, {*former, {}});
}

/// A tree that is restored to another directory must not contain links that would change their target.
Result<void> check_links(const Volume& volume, const store::TrashEntry& entry, const ResourcePath& to) {
    if (entry.path && entry.path->parent() == to.parent()) return {};
    const auto moving = has_moving_links(volume.trash->folder(), entry.id, {});
    if (!moving) return std::unexpected(moving.error());
    if (!*moving) return {};
    return fail(FailureCode::link_elsewhere,
                "This is a link, or has links, that would lead elsewhere from this folder: restore to where it was, "
                "then move it.",
                {to});
}

/// Clears the set-ID bits of a restored file: its deletion withdrew those rights, and the server must not give them
/// back.
void drop_lent_rights(int folder, const std::string& name) {
    const UniqueFd file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    if ((status.st_mode & 07000) != 0) (void)::fchmod(file.get(), status.st_mode & 0777);
}

}  // namespace

Result<bool> FileTrash::restore(const std::string& id, const ResourcePath& to, store::Replace replace,
                                const store::Actor& by) {
    auto& trash = *volume_.trash;
    const auto entry = trash.find(id);
    if (!entry) return std::unexpected(entry.error());
    const auto former = volume_.diverted.place_of(to, store::Waiting::allowed);
    const auto where = volume_.diverted.place_of_ordinary(to);
    if (!where) return std::unexpected(where.error());
    const auto place = open_place(volume_.root.get(), *where);
    if (!place) return parent_error(place.error());
    if (auto links = check_links(volume_, *entry, *where); !links) return std::unexpected(std::move(links.error()));
    drop_lent_rights(trash.folder(), id);
    auto reserved = volume_.spelling.reserve(*place);
    if (!reserved) return std::unexpected(reserved.error());
    auto change = volume_.attributes->follow_move({trash.folder(), id}, {place->folder.get(), place->name});
    if (!change) return std::unexpected(change.error());
    std::optional<std::string> trash_id;
    auto created = rename_into(volume_, {trash.folder(), id, {}}, *place, replace, {*where, by, &trash_id});
    conclude(*change, created, trash_id);
    change->reset();
    if (!created && created.error().system && created.error().system->number == EXDEV)
        return fail(FailureCode::other_file_system,
                    "This place is on another file system than the trash: restore to one that is not, then move it.");
    if (!created) return created;
    *reserved = {};
    take_former(volume_, former, *where);
    trash.forget_restored(*entry);
    for (const int folder : {place->folder.get(), trash.folder()}) {
        auto synced = volume_.sync_folder(folder);
        if (synced) continue;
        synced.error().changed = Changed::unknown;
        return std::unexpected(std::move(synced.error()));
    }
    return created;
}

Result<void> FileTrash::discard(const std::string& id) {
    auto done = volume_.trash->discard(id);
    if (!done && done.error().code == FailureCode::no_space && volume_.reserve.give_up())
        done = volume_.trash->discard(id);
    return done;
}

}  // namespace davit::fs
