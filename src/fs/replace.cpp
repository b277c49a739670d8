#include "replace.hpp"

#include <fcntl.h>

#include <limits>

#include "errors.hpp"

namespace davit::fs {
namespace {

/// Of two kinds, or folders: rename(2) cannot replace one by the other, an exchange can.
Result<bool> exchange(Volume& volume, const Mover& mover, const Place& place, const EntryInfo& replaced) {
    std::optional<std::int64_t> intent;
    if (mover.visible && volume.journal) {
        const auto noted = volume.journal->will_exchange(mover.path, replaced.info);
        if (!noted) return std::unexpected(noted.error());
        intent = *noted;
    }
    const int done =
        ::renameat2(mover.folder, mover.name.c_str(), place.folder.get(), place.name.c_str(), RENAME_EXCHANGE);
    const int error = errno;
    Result<void> taken;
    if (done == 0) taken = take_away(volume, mover.folder, mover.name);
    // What stands aside is seen by nobody: it has been replaced whether or not it can be taken away now.
    if (!taken && !mover.visible) {
        auto budget = std::numeric_limits<std::size_t>::max();
        remove_tree(mover.folder, mover.name.c_str(), budget);
        return false;
    }
    // Both or neither: what could not be taken away goes back; if that fails too, the next start takes it away.
    const bool torn = !taken && ::renameat2(mover.folder, mover.name.c_str(), place.folder.get(), place.name.c_str(),
                                            RENAME_EXCHANGE) != 0;
    if (torn) taken.error().changed = Changed::unknown;
    if (intent && !torn) volume.journal->done(*intent);
    if (done != 0) return system_error("renameat2", error);
    if (!taken) return std::unexpected(std::move(taken.error()));
    return false;
}

Result<bool> rename_over(Volume& volume, const Mover& mover, const Place& place, store::Replace replace) {
    const int folder = place.folder.get();
    const char* name = place.name.c_str();
    if (::renameat2(mover.folder, mover.name.c_str(), folder, name, RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST || replace == store::Replace::must_not_exist) return system_error("renameat2");
    const auto mine = entry_info(mover.folder, mover.name.c_str());
    if (!mine) return std::unexpected(mine.error());
    const auto there = entry_info(folder, name);
    if (!there) return std::unexpected(there.error());
    if (mine->info.collection || there->info.collection) return exchange(volume, mover, place, *there);
    if (mine->info.identity == there->info.identity && mine->info.device == there->info.device) {
        // Two names of one file: rename(2) would do nothing and say it did.
        if (::unlinkat(mover.folder, mover.name.c_str(), 0) != 0) return system_error("unlinkat");
        return false;
    }
    if (::renameat(mover.folder, mover.name.c_str(), folder, name) != 0) return system_error("renameat");
    return false;
}

}  // namespace

Result<bool> rename_into(Volume& volume, const Mover& mover, const Place& place, store::Replace replace) {
    auto done = rename_over(volume, mover, place, replace);
    volume.marks.arrived(place.folder.get(), place.name);
    if (!done && mover.visible) volume.marks.arrived(mover.folder, mover.name);  // there and back again
    return done;
}

Result<void> take_away(Volume& volume, int folder, const std::string& name) {
    if (::unlinkat(folder, name.c_str(), 0) == 0) return {};
    if (errno != EISDIR && errno != EPERM) return system_error("unlinkat");
    const auto trash = aside_for(volume, folder, volume.state.trash());
    if (::renameat(folder, name.c_str(), trash.folder, trash.name.c_str()) != 0) return system_error("renameat");
    volume.marks.arrived(trash.folder, trash.name);
    if (trash.folder == folder) {  // another file system: nobody sweeps there later
        auto budget = std::numeric_limits<std::size_t>::max();
        remove_tree(folder, trash.name.c_str(), budget);
    }
    return {};
}

}  // namespace davit::fs
