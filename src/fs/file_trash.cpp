#include "file_trash.hpp"

#include "errors.hpp"
#include "replace.hpp"

namespace davit::fs {
namespace {

/// What was diverted under a name that has gone to something ordinary.
void take_former(Volume& volume, const Result<ResourcePath>& former, const ResourcePath& now) {
    if (!former || *former == now) return;
    const auto place = open_place(volume.root.get(), *former);
    if (place) (void)take_away_for_good(volume, place->folder.get(), place->name, {*former, {}});
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
    auto reserved = volume_.spelling.reserve(*place);
    if (!reserved) return std::unexpected(reserved.error());
    auto change = volume_.attributes->follow_move({trash.folder(), id}, {place->folder.get(), place->name});
    if (!change) return std::unexpected(change.error());
    std::optional<std::string> trash_id;
    auto created = rename_into(volume_, {trash.folder(), id, {}}, *place, replace, {*where, by, &trash_id});
    if (created) finish(*change, trash_id);
    change->reset();
    if (!created && created.error().system && created.error().system->number == EXDEV)
        return fail(FailureCode::permission_denied,
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
