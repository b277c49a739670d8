#include "tree_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "davit/store/checksums.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "files.hpp"
#include "folder_stack.hpp"
#include "listing.hpp"
#include "resolve.hpp"
#include "room.hpp"
#include "same_place.hpp"
#include "tree_links.hpp"

namespace davit::fs {
namespace {

constexpr const char* state_inside =
    "The folder holds the state of another Davit server, which no copy takes along, so it cannot be moved to another "
    "file system.";

/// The state directory of a server that serves a directory inside this one; not a temporary name of this server.
bool is_state_of_another(std::string_view name) {
    return ResourcePath::is_reserved(name) && !name.starts_with(".davit-");
}

/// The mode for content that the server writes: a copy must not lend its owner's rights. Directories keep the bits that
/// give members their group and protect them from other users.
mode_t safe_mode(const EntryInfo& entry) {
    return entry.mode & (entry.info.collection ? 0777 | S_ISGID | S_ISVTX : 0777);
}

class TreeCopy {
public:
    TreeCopy(Volume& volume, const CopyRequest& request, Relocation relocation)
        : volume_(volume), request_(request), relocation_(std::move(relocation)) {}

    /// Copies an open file or directory to a name of an open directory.
    Result<void> copy(int from, const EntryInfo& entry, int folder, const std::string& to) {
        auto done = entry.info.collection ? copy_folder(from, entry, folder, to)
                                          : copy_file(from, entry, folder, to, only_mine);
        if (!done) return blame(request_.from, std::move(done.error()));
        return {};
    }

private:
    /// The mode of a file until it is complete.
    static constexpr mode_t only_mine = 0600;

    /// A directory whose members are being copied.
    struct Level {
        EntryInfo entry;
        std::vector<std::string> folders;  ///< members still to be entered
    };

    /// Names the innermost failed member as the culprit.
    static std::unexpected<Failure> blame(const ResourcePath& path, Failure failure) {
        const bool members_own = failure.code != FailureCode::operation_timeout;
        if (members_own && failure.culprits.empty()) failure.culprits.push_back(path);
        return std::unexpected(std::move(failure));
    }
    std::unexpected<Failure> blame(const FolderStack& way, const std::string& name, Failure failure) const {
        return blame(path_of(way.names(), name), std::move(failure));
    }

    Result<void> copy_file(int from, const EntryInfo& entry, int folder, const std::string& to, mode_t mode) {
        if (is_state(volume_, entry)) return {};  // mounted here
        const UniqueFd made(::openat(folder, to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!made) return system_error("openat");
        if (auto copied = copy_content(from, made.get(), entry.info.size, request_.until); !copied)
            return not_fitting(std::move(copied.error()), made.get(), entry.info.size);
        return dress(from, made.get(), entry);
    }

    static Result<UniqueFd> make_folder(int folder, const std::string& name) {
        if (::mkdirat(folder, name.c_str(), 0700) != 0) return system_error("mkdirat");
        UniqueFd made(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!made) return system_error("openat");
        return made;
    }

    Result<void> copy_folder(int from, const EntryInfo& entry, int folder, const std::string& to) {
        const auto made = make_folder(folder, to);
        if (!made) return std::unexpected(made.error());
        if (request_.depth == Depth::infinity)
            if (auto copied = copy_members(from, made->get()); !copied) return copied;
        return dress(from, made->get(), entry);
    }

    /// Depth first and without recursion, because clients decide the depth of a tree.
    Result<void> copy_members(int from, int made) {
        FolderStack sources(from), copies(made);
        std::vector<Level> levels(1);
        if (auto copied = copy_files(sources, copies, levels.back()); !copied) return copied;
        while (true) {
            if (!levels.back().folders.empty()) {
                const auto name = std::move(levels.back().folders.back());
                levels.back().folders.pop_back();
                if (auto entered = enter(sources, copies, levels, name); !entered) return entered;
            } else if (levels.size() == 1) {
                return {};
            } else if (auto left = leave(sources, copies, levels); !left) {
                return left;
            }
        }
    }

    /// Enters one subdirectory and copies all its members except directories.
    Result<void> enter(FolderStack& sources, FolderStack& copies, std::vector<Level>& levels, const std::string& name) {
        if (request_.until.is_over()) return std::unexpected(store::out_of_time());
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        UniqueFd source(::openat(sources.fd(), name.c_str(), flags));
        if (!source && errno == ENOENT) return {};  // vanished meanwhile
        const auto entry = source ? entry_info(source.get()) : system_error("openat");
        if (!entry) return blame(sources, name, entry.error());
        if (is_state(volume_, *entry)) return {};  // mounted here
        auto made = make_folder(copies.fd(), name);
        if (!made) return blame(sources, name, std::move(made.error()));
        sources.push(std::move(source), name);
        copies.push(std::move(*made), name);
        levels.push_back({*entry, {}});
        return copy_files(sources, copies, levels.back());
    }

    /// Leaves a directory that is complete.
    Result<void> leave(FolderStack& sources, FolderStack& copies, std::vector<Level>& levels) {
        const auto name = sources.name();
        const auto source = sources.pop();
        const auto made = copies.pop();
        if (!source || !made) return blame(sources, name, system_failure("openat"));
        auto dressed = dress(source->get(), made->get(), levels.back().entry);
        if (!dressed) return blame(sources, name, std::move(dressed.error()));
        levels.pop_back();
        return {};
    }

    /// Copies all members of a directory except directories, which it notes in `level`.
    Result<void> copy_files(const FolderStack& sources, const FolderStack& copies, Level& level) {
        Entries entries(sources.fd());
        if (!entries) return blame_folder(sources, system_failure("openat"));
        const bool top = sources.depth() == 0;
        while (const auto* found = entries.next()) {
            const std::string name = found;
            if (request_.source_goes && is_state_of_another(name))
                return blame(sources, name, Failure{FailureCode::reserved_name, state_inside, {}});
            if (top ? !is_shown(request_.from, name) : ResourcePath::is_reserved(name)) continue;
            if (request_.until.is_over()) return std::unexpected(store::out_of_time());
            auto copied = entries.type() == DT_REG ? copy_listed_file(sources, copies.fd(), name, level)
                                                   : copy_entry(sources, copies.fd(), name, level);
            if (!copied && copied.error().code != FailureCode::not_found)
                return blame(sources, name,
                             std::move(copied.error()));  // a member that vanished meanwhile is no failure
        }
        if (entries.error() != 0) return blame_folder(sources, system_failure("readdir", entries.error()));
        return {};
    }

    std::unexpected<Failure> blame_folder(const FolderStack& way, Failure failure) const {
        if (way.depth() == 0) return blame(request_.from, std::move(failure));
        auto above = way.names();
        above.pop_back();
        return blame(path_of(above, way.name()), std::move(failure));
    }

    Result<void> copy_entry(const FolderStack& sources, int folder, const std::string& name, Level& level) {
        const auto entry = entry_info(sources.fd(), name.c_str());
        if (!entry) return std::unexpected(entry.error());
        if (S_ISDIR(entry->mode)) {
            level.folders.push_back(name);
            return {};
        }
        if (S_ISLNK(entry->mode)) return copy_link(sources, name, folder);
        if (!S_ISREG(entry->mode)) return copy_special(sources.fd(), name, entry->mode, folder);
        const UniqueFd from(::openat(sources.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!from) return system_error("openat");
        return copy_file(from.get(), *entry, folder, name, only_mine);
    }

    /// A FIFO, socket or device is not a resource. COPY skips it; MOVE must not lose it.
    Result<void> copy_special(int from, const std::string& name, mode_t mode, int folder) const {
        if (!request_.source_goes) return {};
        struct stat status{};
        if (::fstatat(from, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return system_error("fstatat");
        const mode_t made = (mode & S_IFMT) | (mode & 0777);
        if (::mknodat(folder, name.c_str(), made, status.st_rdev) == 0 &&
            ::fchmodat(folder, name.c_str(), mode & 0777, 0) == 0)
            return {};
        return fail(
            FailureCode::member_not_removable,
            "A member is a FIFO, a socket or a device that the server cannot make anew, and the MOVE would lose "
            "it: it goes to another file system, or relative links in the folder have to be rewritten.");
    }

    /// Most entries are regular files by their listed type. They are opened at once and created with their final mode,
    /// because no other user can enter `folder` before it is complete.
    Result<void> copy_listed_file(const FolderStack& sources, int folder, const std::string& name, Level& level) {
        const UniqueFd from(::openat(sources.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        const auto entry = from ? entry_info(from.get()) : system_error("openat");
        if (!entry || !S_ISREG(entry->mode))
            return copy_entry(sources, folder, name, level);  // its type has just changed
        return copy_file(from.get(), *entry, folder, name, (entry->mode & 0777) | only_mine);
    }

    /// The copied link has the same target, or the corresponding member of the copy.
    Result<void> copy_link(const FolderStack& sources, const std::string& name, int folder) {
        auto text = read_link(sources.fd(), name);
        if (!text) return std::unexpected(std::move(text.error()));
        if (leaves_tree(*text, sources.depth())) {
            const auto below = sources.names();
            const auto resolve = [&] {
                auto link = relocation_.from;
                link.insert(link.end(), below.begin(), below.end());
                link.push_back(name);
                return resolve_link(volume_, link);
            };
            auto moved = relocated_text(*text, below, relocation_, resolve);
            if (!moved) return link_would_change(path_of(below, name));
            if (auto stays = check_target_stays(path_of(below, name)); !stays) return stays;
            text = std::move(*moved);
        }
        if (::symlinkat(text->c_str(), folder, name.c_str()) != 0) return system_error("symlinkat");
        return {};
    }

    /// The link's target must not be what this copy replaces.
    Result<void> check_target_stays(const ResourcePath& link) {
        if (!replaces_) replaces_ = entry_info(request_.place.folder.get(), request_.place.name.c_str()).has_value();
        if (!*replaces_) return {};
        const auto resolved = resolve_member(volume_, link.parent(), link.name());
        if (!resolved || !store::leads_through(*resolved, request_.to)) return {};
        return link_would_end(link);
    }

    ResourcePath path_of(const Steps& below, const std::string& name) const {
        auto path = request_.from;
        for (const auto& step : below) path = path.child(step);
        return path.child(name);
    }

    /// Copies attributes and times; then properties, because checksums are bound to the time; then owner and mode,
    /// because the mode may forbid writing.
    Result<void> dress(int from, int made, const EntryInfo& entry) {
        auto& sets = *volume_.property_sets;
        if (auto begun = sets.begin(made); !begun) return begun;
        const auto seen = copy_attributes(from, made);
        if (!seen) return std::unexpected(seen.error());
        const auto time = volume_.clock.within(std::chrono::floor<std::chrono::seconds>(entry.info.modified));
        if (auto set = set_clock(made, time); !set) return set;
        PropertySets::Differences differences{[&](PropertySet& set) { return rebind(set, entry.info, from, made); }};
        // RFC 4918, 15.1: MOVE keeps the creation date, COPY starts a new one.
        if (request_.source_goes) differences.born = entry.info.created;
        if (auto copied = sets.copy(from, *seen, made, differences); !copied) return copied;
        if (auto copied = copy_access_list(from, made, *seen); !copied) return copied;
        return set_mode(made, safe_mode(entry));
    }

    /// Skips an unnecessary change, because each costs a step of the file system's journal.
    static Result<void> set_mode(int made, mode_t mode) {
        struct stat status{};
        if (::fstat(made, &status) != 0) return system_error("fstat");
        if ((status.st_mode & 07777) == mode || ::fchmod(made, mode) == 0) return {};
        // A service manager may forbid this bit (RestrictSUIDSGID). The copy does without it.
        if (errno == EPERM && (mode & S_ISGID) != 0 && ::fchmod(made, mode & ~mode_t{S_ISGID}) == 0) return {};
        return system_error("fchmod");
    }

    /// If another program wrote to the source during the copy, the source's checksums do not apply to the copy.
    static Result<void> rebind(PropertySet& set, const store::ResourceInfo& before, int from, int made) {
        const auto still = info_of(from);
        if (!still) return std::unexpected(still.error());
        const auto now = info_of(made);
        if (!now) return std::unexpected(now.error());
        if (store::entity_tag(*still) == store::entity_tag(before)) {
            store::rebind_checksums(set, before, *now);
        } else {
            set.remove(store::checksums_name());
        }
        return {};
    }

    Volume& volume_;
    const CopyRequest& request_;
    Relocation relocation_;
    std::optional<bool> replaces_;  ///< determined at the first link that leads out
};

/// RFC 4918, 9.8.5: refuses a copy of a directory into itself, onto an ancestor, or onto itself, by whatever names.
Result<void> check_apart(const Volume& volume, int source, const EntryInfo& mine, const CopyRequest& request) {
    const int root = volume.root.get();
    const int folder = request.place.folder.get();
    const auto& name = request.place.name;
    if (mine.info.collection && request.depth == Depth::infinity && lies_inside(folder, source, root))
        return fail(FailureCode::destination_inside_source, "The Destination lies inside the source.");
    const auto there = entry_info(folder, name.c_str());
    if (!there) return {};
    const auto same = fail(FailureCode::same_resource, "Source and Destination are two names of the same resource.");
    const auto parent = open_place(root, request.from);
    if (!parent) return std::unexpected(parent.error());
    if (there->info.collection) {
        const UniqueFd open(::openat(folder, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (open && mine.info.collection && is_same_folder(source, open.get())) return same;
        if (open && lies_inside(parent->folder.get(), open.get(), root))
            return fail(FailureCode::source_inside_destination,
                        "The source lies inside the Destination it would replace.");
        return {};
    }
    if (there->info.identity != mine.info.identity || there->info.device != mine.info.device) return {};
    if (is_same_folder(parent->folder.get(), folder) &&
        (parent->name == name || is_one_entry(folder, parent->name, name)))
        return same;
    const auto entry = entry_info(parent->folder.get(), parent->name.c_str());
    return entry && S_ISLNK(entry->mode) ? Result<void>(same) : Result<void>();
}

/// If a link is a member of a tree that is copied member by member, the copy is also a link.
Result<std::optional<mode_t>> copy_member_link(Volume& volume, const CopyRequest& request, const Aside& aside) {
    const auto place = open_place(volume.root.get(), request.from);
    if (!place) return std::unexpected(place.error());
    const auto entry = entry_info(place->folder.get(), place->name.c_str());
    if (!entry) return std::unexpected(entry.error());
    if (!S_ISLNK(entry->mode)) return system_error("openat2", ELOOP);  // it was a link a moment ago
    auto copied = copy_link_aside(volume, place->folder.get(), request, aside);
    if (!copied) return std::unexpected(std::move(copied.error()));
    return std::nullopt;
}

/// The text of such a member link.
std::optional<std::string> text_of_member(const Volume& volume, std::string_view text, const CopyRequest& request) {
    const Relocation tree{split_steps(request.tree->from.str()), split_steps(request.tree->to.str())};
    auto below = split_steps(request.from.parent().str());
    below.erase(below.begin(), below.begin() + static_cast<std::ptrdiff_t>(std::min(tree.from.size(), below.size())));
    return relocated_text(text, below, tree, [&] { return resolve_link(volume, split_steps(request.from.str())); });
}

}  // namespace

Result<std::optional<mode_t>> copy_aside(Volume& volume, const CopyRequest& request, const Aside& aside) {
    // The target of a link in the Request-URI has been resolved before. Links below stay links.
    const auto source = open_beneath(volume.root.get(), request.from.str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!source && source.error().code == FailureCode::path_changed) return copy_member_link(volume, request, aside);
    if (!source) return std::unexpected(source.error());
    if (const auto served = info_of(source->get()); !served) return std::unexpected(served.error());
    auto entry = entry_info(source->get());
    if (!entry) return std::unexpected(entry.error());
    if (auto apart = check_apart(volume, source->get(), *entry, request); !apart)
        return std::unexpected(std::move(apart.error()));
    const auto mode = safe_mode(*entry);
    const bool shut = entry->info.collection && (mode & S_IWUSR) == 0;
    if (shut) entry->mode |= S_IWUSR;
    TreeCopy tree(volume, request, relocation_of(volume, source->get(), request.from, request.place, request.to));
    auto copied = tree.copy(source->get(), *entry, aside.folder, aside.name);
    if (!copied) return std::unexpected(std::move(copied.error()));
    return shut ? std::optional(mode) : std::nullopt;
}

Result<void> copy_link_aside(Volume& volume, int folder, const CopyRequest& request, const Aside& aside) {
    if (is_same_folder(folder, request.place.folder.get()) && request.from.name() == request.place.name)
        return fail(FailureCode::same_resource, "Source and Destination are two names of the same resource.");
    const auto relocation = relocation_of_entry(volume, folder, request.from, request.place, request.to);
    const auto text = read_link(folder, std::string(request.from.name()));
    if (!text) return std::unexpected(text.error());
    const auto resolve = [&] { return resolve_link(volume, relocation.from); };
    const auto moved =
        request.tree ? text_of_member(volume, *text, request) : relocated_text(*text, relocation, resolve);
    if (!moved) return link_would_change(request.from);
    if (::symlinkat(moved->c_str(), aside.folder, aside.name.c_str()) != 0) return system_error("symlinkat");
    return {};
}

}  // namespace davit::fs
