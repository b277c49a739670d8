#include "replace.hpp"

#include <fcntl.h>

#include <chrono>
#include <limits>
#include <thread>

#include "errors.hpp"
#include "removal_check.hpp"

namespace davit::fs {
namespace {

constexpr int most_attempts = 32;  ///< at a name that others give and take all the time

using AnnouncedId = std::optional<std::string>;

/// The trash's record of what is about to go, when it keeps such things.
Result<AnnouncedId> announce(const Volume& volume, int folder, const Leaving& leaving,
                             const store::ResourceInfo& info) {
    if (!is_kept(volume, folder, leaving.path)) return AnnouncedId();
    auto id = volume.trash->announce(leaving, info);
    if (!id) return std::unexpected(std::move(id.error()));
    if (leaving.trash_id) *leaving.trash_id = *id;
    return AnnouncedId(std::move(*id));
}

/// A folder that is not kept goes out of sight first. Another file system has no trash that anybody sweeps later.
Result<void> take_folder(const Volume& volume, int folder, const std::string& name, const Leaving& leaving) {
    if (on_root_device(volume, folder)) return volume.trash->take(folder, name, std::nullopt, leaving);
    const auto aside = aside_for(volume, folder, -1);
    if (::renameat(folder, name.c_str(), aside.folder, aside.name.c_str()) != 0) return system_error("renameat");
    volume.trash->remove_elsewhere(aside.folder, aside.name, leaving);
    return {};
}

/// The step itself.
Result<void> take(const Volume& volume, int folder, const std::string& name, const AnnouncedId& id,
                  const Leaving& leaving) {
    if (id) return volume.trash->take(folder, name, id, leaving);
    if (::unlinkat(folder, name.c_str(), 0) == 0) return {};
    if (errno != EISDIR && errno != EPERM) return system_error("unlinkat");
    return take_folder(volume, folder, name, leaving);
}

bool is_gone(int folder, const std::string& name) {
    const auto info = entry_info(folder, name.c_str());
    return !info && info.error().code == FailureCode::not_found;
}

int swap_names(const Mover& mover, const Place& place) {
    return ::renameat2(mover.folder, mover.name.c_str(), place.folder.get(), place.name.c_str(), RENAME_EXCHANGE);
}

/// Of two kinds, or folders: rename(2) cannot replace one by the other, an exchange can. It also hands over what was
/// replaced, in the same step, so that the trash can have it.
Result<bool> exchange_names(Volume& volume, const Mover& mover, const Place& place, const EntryInfo& there,
                            const Leaving& replaced) {
    if (there.info.collection)
        if (auto removable = check_removable(volume, place.folder.get(), place.name, replaced.path); !removable)
            return std::unexpected(std::move(removable.error()));
    const auto id = announce(volume, place.folder.get(), replaced, there.info);
    if (!id) return std::unexpected(id.error());
    std::optional<std::int64_t> intent;
    if (mover.visible && volume.journal) {
        const auto noted = volume.journal->will_exchange(mover.path, there.info);
        if (!noted) {
            if (*id) volume.trash->retract(**id);
            return std::unexpected(noted.error());
        }
        intent = *noted;
    }
    const int done = swap_names(mover, place);
    const int error = errno;
    Result<void> taken;
    if (done == 0) taken = take(volume, mover.folder, mover.name, *id, replaced);
    if (!taken && is_gone(mover.folder, mover.name)) {  // others have taken it away: it has been replaced all the same
        if (*id) volume.trash->retract(**id);
        taken = {};
    }
    // What stands aside is seen by nobody: it has been replaced whether or not it can be taken away now.
    if (!taken && !mover.visible && !*id) {
        auto budget = std::numeric_limits<std::size_t>::max();
        remove_tree(mover.folder, mover.name.c_str(), budget);
        return false;
    }
    // Both or neither: what could not be taken away goes back; if that fails too, the next start takes it away, under
    // the record it finds.
    const bool torn = !taken && swap_names(mover, place) != 0;
    if (*id && !torn && (done != 0 || !taken)) volume.trash->retract(**id);
    if (intent && !torn) volume.journal->done(*intent);
    if (done != 0) return system_error("renameat2", error);
    if (torn && !mover.visible) return false;
    if (torn) taken.error().changed = Changed::unknown;
    if (!taken) return std::unexpected(std::move(taken.error()));
    return false;
}

Result<bool> rename_once(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced) {
    const int folder = place.folder.get();
    const char* name = place.name.c_str();
    if (::renameat2(mover.folder, mover.name.c_str(), folder, name, RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST || replace == store::Replace::must_not_exist) return system_error("renameat2");
    const auto mine = entry_info(mover.folder, mover.name.c_str());
    if (!mine) return std::unexpected(mine.error());
    const auto there = entry_info(folder, name);
    if (!there) return std::unexpected(there.error());
    if (mine->info.identity == there->info.identity && mine->info.device == there->info.device) {
        // Two names of one file: rename(2) would do nothing and say it did.
        if (::unlinkat(mover.folder, mover.name.c_str(), 0) != 0) return system_error("unlinkat");
        return false;
    }
    if (mine->info.collection || there->info.collection || is_kept(volume, folder, replaced.path))
        return exchange_names(volume, mover, place, *there, replaced);
    if (::renameat(mover.folder, mover.name.c_str(), folder, name) != 0) return system_error("renameat");
    return false;
}

/// What others take away from `place` between two steps has as good as not been there.
Result<bool> rename_over(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced) {
    for (int attempt = 1;; ++attempt) {
        auto done = rename_once(volume, mover, place, replace, replaced);
        if (done || done.error().code != FailureCode::not_found || done.error().changed == Changed::unknown)
            return done;
        if (attempt == most_attempts || is_gone(mover.folder, mover.name) || is_removed(place.folder.get()))
            return done;
        // The folder's lock can keep two in step for ever: a pause of another length each time, 5 ms in all.
        std::this_thread::sleep_for(attempt * std::chrono::microseconds(10));
    }
}

}  // namespace

bool is_kept(const Volume& volume, int folder, const ResourcePath& path) {
    return volume.trash && volume.trash->keeps() && on_root_device(volume, folder) && !is_own_place(path);
}

Result<bool> rename_into(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced) {
    auto done = rename_over(volume, mover, place, replace, replaced);
    volume.marks.arrived(place.folder.get(), place.name);
    volume.copies.drop(replaced.path);
    if (mover.visible) volume.copies.drop(mover.path);
    if (!done) volume.marks.arrived(mover.folder, mover.name);  // there and back again
    return done;
}

Result<void> take_away(Volume& volume, int folder, const std::string& name, const Leaving& leaving) {
    volume.copies.drop(leaving.path);
    const bool kept = is_kept(volume, folder, leaving.path);
    if (!kept && ::unlinkat(folder, name.c_str(), 0) == 0) return {};
    if (!kept && errno != EISDIR && errno != EPERM) return system_error("unlinkat");
    const auto info = entry_info(folder, name.c_str());
    if (!info) return std::unexpected(info.error());
    if (info->info.collection)
        if (auto removable = check_removable(volume, folder, name, leaving.path); !removable) return removable;
    if (!kept) return take(volume, folder, name, std::nullopt, leaving);
    const auto id = announce(volume, folder, leaving, info->info);
    if (!id) return std::unexpected(id.error());
    auto taken = take(volume, folder, name, *id, leaving);
    if (!taken && *id) volume.trash->retract(**id);
    return taken;
}

Result<void> take_away_for_good(Volume& volume, int folder, const std::string& name, const Leaving& leaving) {
    return take(volume, folder, name, std::nullopt, leaving);
}

}  // namespace davit::fs
