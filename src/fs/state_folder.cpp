#include "state_folder.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "davit/core/random.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "state_safety.hpp"

namespace davit::fs {
namespace {

Result<UniqueFd> open_folder(int parent, const char* name) {
    if (::mkdirat(parent, name, 0700) != 0 && errno != EEXIST) return system_error("mkdirat");
    UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd) return fd;
    if (errno == ELOOP || errno == ENOTDIR)
        return fail(FailureCode::state_unusable,
                    "The server needs a folder named " + std::string(name) +
                        ", and something else has that name (a file or a link). Move it away.");
    return system_error("openat");
}

Result<UniqueFd> open_inner_folder(int folder, const char* name) {
    auto inner = open_folder(folder, name);
    if (!inner) return inner;
    if (auto safe = check_inner_folder(folder, inner->get(), name); !safe) return std::unexpected(safe.error());
    return inner;
}

Result<UniqueFd> take_lock(int folder) {
    UniqueFd fd(::openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return system_error("openat");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno == EWOULDBLOCK) return fail(FailureCode::already_served, "Another davit serves this folder already.");
    return system_error("flock");
}

/// Records whose writing a crash interrupted. No set can point to them.
void remove_parts(int records) {
    Entries entries(records);
    while (const auto* name = entries ? entries.next() : nullptr)
        if (std::string_view(name).ends_with(".part")) ::unlinkat(records, name, 0);
}

}  // namespace

Result<StateFolder> StateFolder::open(int root) {
    StateFolder state;
    const auto open_into = [](UniqueFd& into, Result<UniqueFd> opened) -> Result<void> {
        if (!opened) return std::unexpected(std::move(opened.error()));
        into = std::move(*opened);
        return {};
    };
    if (auto done = open_into(state.folder_, open_folder(root, ".davit")); !done) return std::unexpected(done.error());
    if (auto safe = check_safety(root, state.folder()); !safe) return std::unexpected(safe.error());
    state.is_new_ = ::faccessat(state.folder(), "lock", F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    if (auto done = open_into(state.lock_, take_lock(state.folder())); !done) return std::unexpected(done.error());
    if (auto done = open_into(state.tmp_, open_inner_folder(state.folder(), "tmp")); !done)
        return std::unexpected(done.error());
    if (auto done = open_into(state.trash_, open_inner_folder(state.folder(), "trash")); !done)
        return std::unexpected(done.error());
    if (auto done = open_into(state.records_, open_inner_folder(state.folder(), "records")); !done)
        return std::unexpected(done.error());
    remove_parts(state.records());
    for (const int fd : {state.folder(), state.tmp(), state.trash(), state.records()}) state.note(fd);
    return state;
}

Result<void> StateFolder::open_litter(bool make) {
    if (!make && ::faccessat(folder(), "litter", F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
    auto opened = open_inner_folder(folder(), "litter");
    if (!opened) return std::unexpected(std::move(opened.error()));
    litter_ = std::move(*opened);
    note(litter());
    return {};
}

bool StateFolder::has_file(std::uint64_t device, std::uint64_t inode) const {
    if (!exists()) return false;
    return std::ranges::any_of(std::array{"state.db", "state.db-wal", "state.db-shm", "lock", "reserve"},
                               [&](const char* name) {
                                   struct stat status{};
                                   return ::fstatat(folder(), name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                                          status.st_dev == device && status.st_ino == inode;
                               });
}

void StateFolder::note(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) == 0) own_.emplace_back(status.st_dev, status.st_ino);
}

StateFolder StateFolder::open_to_read(int root) {
    StateFolder state;
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd folder(::openat(root, ".davit", flags));
    if (folder) state.records_ = UniqueFd(::openat(folder.get(), "records", flags));
    if (folder) state.note(folder.get());
    if (state.records_) state.note(state.records());
    return state;
}

std::string unique_name() {
    const auto bytes = random_bytes();
    std::string name;
    append_hex(name, bytes.data(), bytes.size());
    return name;
}

namespace {

/// Opens a directory of the same mount, to empty it. ELOOP and ENOTDIR for other types, EXDEV for a mount point.
int open_inside(int folder, const char* name) {
    struct open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    return static_cast<int>(::syscall(SYS_openat2, folder, name, &how, sizeof how));
}

/// The removal of one tree. A client can nest directories so deep that the number of descriptors does not suffice.
/// Entries that are too deep are moved up below the top and removed there.
class Removal {
public:
    explicit Removal(std::size_t& budget) : budget_(budget) {}

    /// Returns true when the entry is gone from `folder`.
    bool remove(int folder, const char* name, unsigned depth) {
        if (budget_ == 0) return false;
        --budget_;
        if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return gone();
        if (errno != EISDIR && errno != EPERM) return stopped_by(name);
        const int why = errno;
        UniqueFd inner(open_inside(folder, name));
        // The owner may not read the directory. Deleting it whole was permitted, so this makes it readable.
        if (!inner && errno == EACCES && ::fchmodat(folder, name, 0700, 0) == 0)
            inner = UniqueFd(open_inside(folder, name));
        if (!inner) return stopped_by(name, errno == ENOTDIR || errno == ELOOP ? why : errno);
        struct stat status{};
        if (::fstat(inner.get(), &status) == 0 && (status.st_mode & 0700) != 0700) ::fchmod(inner.get(), 0700);
        if (depth >= most_depth) {
            if (::renameat(folder, name, top_, unique_name().c_str()) != 0) return stopped_by(name);
            return moved_ = true;
        }
        way_.emplace_back(name);
        const bool emptied = empty(inner.get(), depth);
        way_.pop_back();
        if (!emptied) return false;
        return ::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? gone() : stopped_by(name);
    }

    /// Returns true when `folder` is empty; at depth 0 it is the top.
    bool empty(int folder, unsigned depth) {
        if (depth > 0) return empty_once(folder, depth);
        top_ = folder;
        bool done = false;
        do {
            moved_ = false;
            done = empty_once(folder, depth);
        } while (done && moved_);
        return done;
    }

    std::size_t removed() const { return removed_; }
    const Obstacle& obstacle() const { return obstacle_; }

private:
    static constexpr unsigned most_depth = 32;

    bool empty_once(int folder, unsigned depth) {
        Entries entries(folder);
        if (!entries) return stopped_by(".");
        bool done = true;
        while (const auto* name = entries.next()) {
            if (budget_ == 0) return false;
            if (!remove(folder, name, depth + 1)) done = false;
        }
        return done;
    }

    bool gone() {
        ++removed_;
        return true;
    }

    bool stopped_by(std::string_view name, int error = errno) {
        if (obstacle_.error != 0) return false;
        obstacle_.error = error;
        for (const auto& above : way_) (obstacle_.path += above) += '/';
        obstacle_.path += name;
        return false;
    }

    std::size_t& budget_;
    std::size_t removed_ = 0;
    int top_ = -1;
    bool moved_ = false;            ///< an entry to the top
    std::vector<std::string> way_;  ///< names of the open directories
    Obstacle obstacle_;
};

}  // namespace

bool empty_folder(int folder, std::size_t& budget) {
    return Removal(budget).empty(folder, 0);
}

RemovalReport remove_tree_reported(int folder, const char* name, std::size_t& budget) {
    Removal removal(budget);
    const bool gone = removal.remove(folder, name, 0);
    return {gone, removal.removed(), gone ? Obstacle() : removal.obstacle()};
}

bool remove_tree(int folder, const char* name, std::size_t& budget) {
    return Removal(budget).remove(folder, name, 0);
}

}  // namespace davit::fs
