#include "tree_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "davit/store/checksums.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "files.hpp"
#include "listing.hpp"
#include "room.hpp"

namespace davit::fs {
namespace {

class TreeCopy {
public:
    TreeCopy(Volume& volume, Depth depth, const store::Deadline& until)
        : volume_(volume), depth_(depth), until_(until) {}

    /// `path` is where `name` in `source` stands, for messages and for what is shown.
    Result<void> copy(int source, const std::string& name, const ResourcePath& path, int folder,
                      const std::string& to) {
        if (until_.is_over()) return std::unexpected(store::out_of_time());
        const auto entry = entry_info(source, name.c_str());
        if (!entry) return blame(path, entry.error());
        if (S_ISLNK(entry->mode)) return copy_link(source, name, path, folder, to);
        if (!S_ISREG(entry->mode) && !S_ISDIR(entry->mode)) return {};  // never was a resource
        const UniqueFd from(::openat(source, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!from) return blame(path, system_failure("openat"));
        return copy_open(from.get(), *entry, path, folder, to, only_mine);
    }

    Result<void> copy_open(int from, const EntryInfo& entry, const ResourcePath& path, int folder,
                           const std::string& to, mode_t mode) {
        auto done = entry.info.collection ? copy_folder(from, entry, path, folder, to)
                                          : copy_file(from, entry, folder, to, mode);
        if (!done) return blame(path, std::move(done.error()));
        return {};
    }

    /// Of a file until it is complete.
    static constexpr mode_t only_mine = 0600;

private:
    /// The innermost failing member is the culprit.
    static Result<void> blame(const ResourcePath& path, Failure failure) {
        const bool members_own = failure.code != FailureCode::operation_timeout;
        if (members_own && failure.culprits.empty()) failure.culprits.push_back(path);
        return std::unexpected(std::move(failure));
    }

    Result<void> copy_file(int from, const EntryInfo& entry, int folder, const std::string& to, mode_t mode) {
        const UniqueFd made(::openat(folder, to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!made) return system_error("openat");
        if (auto copied = copy_content(from, made.get(), entry.info.size, until_); !copied)
            return not_fitting(std::move(copied.error()), made.get(), entry.info.size);
        return dress(from, made.get(), entry);
    }

    Result<void> copy_folder(int from, const EntryInfo& entry, const ResourcePath& path, int folder,
                             const std::string& to) {
        if (::mkdirat(folder, to.c_str(), 0700) != 0) return system_error("mkdirat");
        const UniqueFd made(::openat(folder, to.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!made) return system_error("openat");
        if (depth_ == Depth::infinity)
            if (auto copied = copy_members(from, path, made.get()); !copied) return copied;
        return dress(from, made.get(), entry);
    }

    Result<void> copy_members(int from, const ResourcePath& path, int made) {
        Entries entries(from);
        if (!entries) return system_error("openat");
        while (const auto* found = entries.next()) {
            const std::string name = found;
            if (!is_shown(path, name)) continue;
            auto copied = entries.type() == DT_REG ? copy_listed_file(from, name, path.child(name), made)
                                                   : copy(from, name, path.child(name), made, name);
            if (!copied && copied.error().code != FailureCode::not_found)
                return copied;  // vanished meanwhile is no failure
        }
        if (entries.error() != 0) return system_error("readdir", entries.error());
        return {};
    }

    /// Most entries are files, and said to be: opened at once, and made with the mode they will have, since nobody else
    /// gets into `folder` before it is complete.
    Result<void> copy_listed_file(int source, const std::string& name, const ResourcePath& path, int folder) {
        if (until_.is_over()) return std::unexpected(store::out_of_time());
        const UniqueFd from(::openat(source, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        const auto entry = from ? entry_info(from.get()) : system_error("openat");
        if (!entry || !S_ISREG(entry->mode)) return copy(source, name, path, folder, name);  // it has just changed
        return copy_open(from.get(), *entry, path, folder, name, (entry->mode & 0777) | only_mine);
    }

    Result<void> copy_link(int source, const std::string& name, const ResourcePath& path, int folder,
                           const std::string& to) {
        std::array<char, 4096> target;
        const auto size = ::readlinkat(source, name.c_str(), target.data(), target.size() - 1);
        if (size < 0) return blame(path, system_failure("readlinkat"));
        target[static_cast<std::size_t>(size)] = '\0';
        if (::symlinkat(target.data(), folder, to.c_str()) != 0) return blame(path, system_failure("symlinkat"));
        return {};
    }

    /// Attributes and times; properties, since checksums are bound to the time; and who may do what: it may be that
    /// nobody may write.
    Result<void> dress(int from, int made, const EntryInfo& entry) {
        auto& sets = *volume_.property_sets;
        if (auto begun = sets.begin(made); !begun) return begun;
        const auto seen = copy_attributes(from, made);
        if (!seen) return std::unexpected(seen.error());
        const auto time = volume_.clock.within(std::chrono::floor<std::chrono::seconds>(entry.info.modified));
        if (auto set = set_clock(made, time); !set) return set;
        const auto edit = [&](PropertySet& set) { return rebind(set, entry.info, from, made); };
        if (auto copied = sets.copy(from, *seen, made, edit); !copied) return copied;
        if (auto copied = copy_access_list(from, made, *seen); !copied) return copied;
        return set_mode(made, entry.mode & 07777);
    }

    /// A change is a step of the file system's journal.
    static Result<void> set_mode(int made, mode_t mode) {
        struct stat status{};
        if (::fstat(made, &status) != 0) return system_error("fstat");
        if ((status.st_mode & 07777) != mode && ::fchmod(made, mode) != 0) return system_error("fchmod");
        return {};
    }

    /// Of a source that somebody wrote to while it was copied, what was known of it says nothing of the copy.
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
    Depth depth_;
    const store::Deadline& until_;
};

/// A link that is itself one step of a tree that goes member by member stays a link.
Result<std::optional<mode_t>> copy_link_aside(Volume& volume, const ResourcePath& from, int folder,
                                              const std::string& to, const store::Deadline& until) {
    const auto place = open_place(volume.root.get(), from);
    if (!place) return std::unexpected(place.error());
    const auto entry = entry_info(place->folder.get(), place->name.c_str());
    if (!entry) return std::unexpected(entry.error());
    if (!S_ISLNK(entry->mode)) return system_error("openat2", ELOOP);  // it was one a moment ago
    auto copied = TreeCopy(volume, Depth::zero, until).copy(place->folder.get(), place->name, from, folder, to);
    if (!copied) return std::unexpected(std::move(copied.error()));
    return std::nullopt;
}

}  // namespace

Result<std::optional<mode_t>> copy_aside(Volume& volume, const ResourcePath& from, Depth depth, int folder,
                                         const std::string& to, const store::Deadline& until) {
    // What a link in the Request-URI leads to has been found before. Links below stay links.
    const auto source = open_beneath(volume.root.get(), from.str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!source && source.error().code == FailureCode::path_changed)
        return copy_link_aside(volume, from, folder, to, until);
    if (!source) return std::unexpected(source.error());
    if (const auto served = info_of(source->get()); !served) return std::unexpected(served.error());
    auto entry = entry_info(source->get());
    if (!entry) return std::unexpected(entry.error());
    const auto mode = entry->mode & 07777;
    const bool shut = entry->info.collection && (mode & S_IWUSR) == 0;
    if (shut) entry->mode |= S_IWUSR;
    TreeCopy tree(volume, depth, until);
    auto copied = tree.copy_open(source->get(), *entry, from, folder, to, TreeCopy::only_mine);
    if (!copied) return std::unexpected(std::move(copied.error()));
    return shut ? std::optional(mode) : std::nullopt;
}

}  // namespace davit::fs
