#include "replace.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <limits>
#include <thread>

#include "errors.hpp"
#include "removal_check.hpp"
#include "rename.hpp"
#include "same_place.hpp"

namespace davit::fs {
namespace {

constexpr int most_attempts = 32;  ///< attempts at a name that other requests create and remove all the time

using AnnouncedId = std::optional<std::string>;

/// Writes the trash's record of an entry that is about to be removed, if the trash keeps such entries.
Result<AnnouncedId> announce(const Volume& volume, int folder, const Leaving& leaving,
                             const store::ResourceInfo& info) {
    if (!is_kept(volume, folder, leaving.path)) return AnnouncedId();
    auto id = volume.trash->announce(leaving, info);
    if (!id) return std::unexpected(std::move(id.error()));
    if (leaving.trash_id) *leaving.trash_id = *id;
    return AnnouncedId(std::move(*id));
}

/// A directory that is not kept is first renamed out of sight. No trash of this server sweeps another mount later.
/// `path` is that of `folder`.
Result<void> take_folder(const Volume& volume, int folder, const ResourcePath& path, const std::string& name,
                         const Leaving& leaving) {
    if (is_on_root_mount(volume, folder)) return volume.trash->take(folder, name, std::nullopt, leaving);
    const auto aside = aside_for(volume, folder, path, -1);
    if (!aside) return std::unexpected(aside.error());
    if (::renameat(folder, name.c_str(), aside->folder, aside->name.c_str()) != 0) {
        auto failed = system_error("renameat");
        settle(volume, *aside);
        return failed;
    }
    volume.trash->remove_elsewhere(aside->folder, aside->name, {path.child(leaving.path.name()), leaving.by});
    if (!entry_info(aside->folder, aside->name.c_str())) settle(volume, *aside);
    return {};
}

/// The removal itself. `path` is that of `folder`.
Result<void> take(const Volume& volume, int folder, const ResourcePath& path, const std::string& name,
                  const AnnouncedId& id, const Leaving& leaving) {
    if (id) return volume.trash->take(folder, name, id, leaving);
    if (::unlinkat(folder, name.c_str(), 0) == 0) return {};
    if (errno != EISDIR && errno != EPERM) return system_error("unlinkat");
    return take_folder(volume, folder, path, name, leaving);
}

bool is_gone(int folder, const std::string& name) {
    const auto info = entry_info(folder, name.c_str());
    return !info && info.error().code == FailureCode::not_found;
}

/// Where the file system cannot exchange names, rename(2) replaces a file by a file. It does nothing when both are one
/// file.
Result<void> replace_file(const Mover& mover, const Place& place) {
    if (::renameat(mover.folder, mover.name.c_str(), place.folder.get(), place.name.c_str()) != 0)
        return system_error("renameat");
    if (::unlinkat(mover.folder, mover.name.c_str(), 0) != 0 && errno != ENOENT) return system_error("unlinkat");
    return {};
}

/// Where the file system cannot exchange names, any other replacement hides the old entry first. For a moment `place`
/// is empty.
Result<void> replace_in_steps(Volume& volume, const Mover& mover, const Place& place, const AnnouncedId& id,
                              const Leaving& replaced) {
    const int folder = place.folder.get();
    const char* name = place.name.c_str();
    const auto number = hidden_number();
    const auto hidden = hidden_name(number);
    const auto intent = volume.journal->will_set_aside(replaced.path, number);
    if (!intent) return std::unexpected(intent.error());
    auto done =
        rename_to_free_name(folder, name, folder, hidden.c_str()) == 0 ? Result<void>() : system_error("renameat");
    if (done && rename_to_free_name(mover.folder, mover.name.c_str(), folder, name) != 0) {
        done = system_error("renameat");
        if (rename_to_free_name(folder, hidden.c_str(), folder, name) != 0) {
            done.error().changed = Changed::unknown;
            return done;  // the row stays for the next start
        }
    } else if (done && !take(volume, folder, replaced.path.parent(), hidden, id, replaced)) {
        return done;  // the replacement succeeded: the next start removes the old entry
    }
    volume.journal->done(*intent);
    return done;
}

/// For two types or two directories: rename(2) cannot replace one by the other, an exchange can. The exchange also
/// yields the old entry in the same step, so that the trash can keep it. `mover` is hidden. not_found, and nothing
/// done, when `place` is empty.
Result<void> exchange_names(Volume& volume, const Mover& mover, const Place& place, const EntryInfo& mine,
                            const EntryInfo& there, const Leaving& replaced) {
    const auto id = announce(volume, place.folder.get(), replaced, there.info);
    if (!id) return std::unexpected(id.error());
    const auto swap = [&] {
        return exchange_entries(mover.folder, mover.name.c_str(), place.folder.get(), place.name.c_str()) == 0;
    };
    if (!swap()) {
        auto done = system_error("renameat2");
        if (errno == EINVAL && !*id && !mine.info.collection && !there.info.collection)
            return replace_file(mover, place);
        if (errno == EINVAL) {
            auto replaced_so = replace_in_steps(volume, mover, place, *id, replaced);
            if (replaced_so || replaced_so.error().changed == Changed::unknown) return replaced_so;
            done = std::unexpected(std::move(replaced_so.error()));
        }
        if (*id) volume.trash->retract(**id);
        return done;
    }
    const auto path =
        mover.visible ? mover.path.parent() : replaced.path.parent();  // relevant if it is on another mount
    auto taken = take(volume, mover.folder, path, mover.name, *id, replaced);
    if (!taken && is_gone(mover.folder, mover.name)) {  // another request has removed it, so the replacement succeeded
        if (*id) volume.trash->retract(**id);
        taken = {};
    }
    if (taken) return {};
    // The old entry is hidden, so the replacement succeeded even if it cannot be removed now.
    if (!mover.visible && !*id) {
        auto budget = std::numeric_limits<std::size_t>::max();
        remove_tree(mover.folder, mover.name.c_str(), budget);
        return {};
    }
    // Both or neither: an entry that could not be removed goes back. If that fails too, the next start removes it under
    // the record that it finds.
    const bool torn = !swap();
    if (torn && !mover.visible) return {};
    if (torn) taken.error().changed = Changed::unknown;
    if (*id && !torn) volume.trash->retract(**id);
    return taken;
}

/// The Destination is empty now that the source is hidden. Either both names are one entry, or another program removed
/// it meanwhile.
Result<bool> arrive_alone(const Mover& mover, const Mover& hidden, const Place& place, bool one_thing) {
    const bool one_folder = one_thing && is_same_folder(mover.folder, place.folder.get());
    if (one_folder && mover.name == place.name)
        return fail(FailureCode::same_resource, "Source and Destination are two names of the same resource.");
    if (rename_to_free_name(hidden.folder, hidden.name.c_str(), place.folder.get(), place.name.c_str()) == 0)
        return !one_folder;
    return system_error("renameat2", errno == EEXIST ? ENOENT : errno);
}

/// A MOVE that replaces something hides its source first. So a reader of the source sees it or nothing, never what it
/// replaces. If two names turn out to be one entry, the server notices before it removes anything.
Result<bool> move_over(Volume& volume, const Mover& mover, const Place& place, const EntryInfo& mine,
                       const EntryInfo& there, const Leaving& replaced) {
    const auto number = hidden_number();
    const Mover hidden{mover.folder, hidden_name(number), mover.path, true};
    std::optional<std::int64_t> intent;
    if (volume.journal) {
        const auto noted = volume.journal->will_exchange(mover.path, replaced.path, number, mine.info, there.info);
        if (!noted) return std::unexpected(noted.error());
        intent = *noted;
    }
    const auto settled = [&](Result<bool> result) {
        if (intent) volume.journal->done(*intent);
        return result;
    };
    if (rename_to_free_name(mover.folder, mover.name.c_str(), hidden.folder, hidden.name.c_str()) != 0)
        return settled(system_error("renameat2"));
    auto exchanged = exchange_names(volume, hidden, place, mine, there, replaced);
    if (exchanged) return settled(false);
    const bool one_thing = mine.info.identity == there.info.identity && mine.info.device == there.info.device;
    auto created = Result<bool>(std::unexpected(std::move(exchanged.error())));
    if (created.error().changed == Changed::unknown) return created;  // the row stays for the next start
    if (created.error().code == FailureCode::not_found) created = arrive_alone(mover, hidden, place, one_thing);
    if (created) return settled(created);
    if (rename_to_free_name(hidden.folder, hidden.name.c_str(), mover.folder, mover.name.c_str()) == 0)
        return settled(created);
    created.error().changed = Changed::unknown;
    return created;
}

/// RFC 4918, 9.9: a directory neither moves into itself nor replaces an ancestor, by whatever names.
Result<void> check_nesting(const Volume& volume, const Mover& mover, const Place& place) {
    const auto open = [](int folder, const std::string& name) {
        return UniqueFd(::openat(folder, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    };
    const int root = volume.root.get();
    if (const auto mine = open(mover.folder, mover.name); mine && lies_inside(place.folder.get(), mine.get(), root))
        return fail(FailureCode::destination_inside_source, "The Destination lies inside the source.");
    if (const auto there = open(place.folder.get(), place.name); there && lies_inside(mover.folder, there.get(), root))
        return fail(FailureCode::source_inside_destination, "The source lies inside the Destination it would replace.");
    return {};
}

Result<bool> rename_once(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced) {
    const int folder = place.folder.get();
    const char* name = place.name.c_str();
    if (rename_to_free_name(mover.folder, mover.name.c_str(), folder, name) == 0) return true;
    const int error = errno;
    if (mover.visible && (error == EINVAL || error == EEXIST))
        if (auto apart = check_nesting(volume, mover, place); !apart) return std::unexpected(std::move(apart.error()));
    if (error != EEXIST) return system_error("renameat2", error);
    const bool renames_itself = mover.visible && mover.name != place.name && is_same_folder(mover.folder, folder) &&
                                is_one_entry(folder, mover.name, place.name);
    if (replace == store::Replace::must_not_exist && !renames_itself) return system_error("renameat2", EEXIST);
    const auto mine = entry_info(mover.folder, mover.name.c_str());
    if (!mine) return std::unexpected(mine.error());
    const auto there = entry_info(folder, name);
    if (!there) return std::unexpected(there.error());
    if (there->info.collection)
        if (auto removable = check_removable(volume, folder, place.name, replaced.path); !removable)
            return std::unexpected(std::move(removable.error()));
    const bool one_thing = mine->info.identity == there->info.identity && mine->info.device == there->info.device;
    const bool exchanged = mine->info.collection || there->info.collection || is_kept(volume, folder, replaced.path);
    if (mover.visible && (one_thing || exchanged)) return move_over(volume, mover, place, *mine, *there, replaced);
    if (exchanged) {
        auto done = exchange_names(volume, mover, place, *mine, *there, replaced);
        if (!done) return std::unexpected(std::move(done.error()));
        return false;
    }
    if (::renameat(mover.folder, mover.name.c_str(), folder, name) != 0) return system_error("renameat");
    return false;
}

/// If another request removes the entry at `place` between two steps, the entry counts as missing.
Result<bool> rename_over(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced) {
    for (int attempt = 1;; ++attempt) {
        auto done = rename_once(volume, mover, place, replace, replaced);
        if (done || done.error().code != FailureCode::not_found || done.error().changed == Changed::unknown)
            return done;
        if (attempt == most_attempts || is_gone(mover.folder, mover.name) || is_removed(place.folder.get()))
            return done;
        // The directory's lock can keep two threads in step forever, so each pause has another length, 5 ms in total.
        std::this_thread::sleep_for(attempt * std::chrono::microseconds(10));
    }
}

}  // namespace

bool is_kept(const Volume& volume, int folder, const ResourcePath& path) {
    return volume.trash && volume.trash->keeps() && is_on_root_mount(volume, folder) && !is_own_place(path);
}

Result<bool> rename_into(Volume& volume, const Mover& mover, const Place& place, store::Replace replace,
                         const Leaving& replaced) {
    auto done = rename_over(volume, mover, place, replace, replaced);
    volume.marks.arrived(place.folder.get(), place.name);
    volume.copies.drop(replaced.path);
    if (mover.visible) volume.copies.drop(mover.path);
    if (!done) volume.marks.arrived(mover.folder, mover.name);  // moved there and back again
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
    if (!kept) return take_away_for_good(volume, folder, name, leaving);
    const auto id = announce(volume, folder, leaving, info->info);
    if (!id) return std::unexpected(id.error());
    auto taken = take(volume, folder, leaving.path.parent(), name, *id, leaving);
    if (!taken && *id) volume.trash->retract(**id);
    return taken;
}

Result<void> take_away_for_good(Volume& volume, int folder, const std::string& name, const Leaving& leaving) {
    return take(volume, folder, leaving.path.parent(), name, std::nullopt, leaving);
}

namespace {

/// Asks the file system itself: the kernel's cache of a network file system or a mirror may be stale.
Result<bool> is_there(const Volume& volume, const ResourcePath& path) {
    const auto found = open_beneath(volume.root.get(), path.str(), O_PATH | O_NOFOLLOW);
    if (!found && found.error().code == FailureCode::not_found) return false;
    if (!found) return std::unexpected(found.error());
    struct statx status{};
    if (::statx(found->get(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &status) == 0) return true;
    if (errno == ENOENT || errno == ESTALE) return false;
    return system_error("statx");
}

/// Checks whether the Destination, or its parent, vanished together with the source that was just hidden.
Result<void> check_apart_from_hidden(const Volume& volume, const ResourcePath& to, bool was_there) {
    const auto above = is_there(volume, to.parent());
    if (!above) return std::unexpected(above.error());
    const auto there = *above && was_there ? is_there(volume, to) : Result<bool>(*above);
    if (!there) return std::unexpected(there.error());
    if (*there) return {};
    return fail(FailureCode::same_resource,
                "Source and Destination are the same resource, or one lies inside the other, by another mount of the "
                "same folder.");
}

/// Removes the source that a MOVE has copied, even when its modes forbid writing. The next start removes the rest.
bool take_copied(const Volume& volume, const Mover& source, const std::string& hidden) {
    const auto path = source.path.parent();
    if (take(volume, source.folder, path, hidden, std::nullopt, {source.path, {}})) return true;
    const auto entry = entry_info(source.folder, hidden.c_str());
    if (entry && entry->info.collection) (void)::fchmodat(source.folder, hidden.c_str(), 0700, 0);
    return take(volume, source.folder, path, hidden, std::nullopt, {source.path, {}}).has_value();
}

}  // namespace

Result<bool> replace_source(Volume& volume, const Mover& source, const ResourcePath& to,
                            const store::ResourceInfo& copy, const std::function<Result<bool>()>& arrive) {
    const auto number = hidden_number();
    const auto hidden = hidden_name(number);
    const auto intent = volume.journal->will_replace_source(source.path, to, number, copy);
    if (!intent) return std::unexpected(intent.error());
    const auto rename = [&](const std::string& name, const std::string& new_name) {
        return rename_to_free_name(source.folder, name.c_str(), source.folder, new_name.c_str()) == 0;
    };
    const auto settled = [&](Result<bool> result) {
        volume.journal->done(*intent);
        return result;
    };
    const auto was_there = is_there(volume, to);
    if (!was_there) return settled(std::unexpected(was_there.error()));
    if (!rename(source.name, hidden)) return settled(system_error("renameat2"));
    const auto apart = check_apart_from_hidden(volume, to, *was_there);
    auto created = apart ? arrive() : std::unexpected(apart.error());
    if (created || created.error().changed == Changed::unknown) {
        if (take_copied(volume, source, hidden)) volume.journal->done(*intent);
        return created;
    }
    if (rename(hidden, source.name)) return settled(created);
    created.error().changed = Changed::unknown;
    return created;  // the row stays for the next start
}

}  // namespace davit::fs
