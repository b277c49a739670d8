#include "state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "entries.hpp"
#include "errors.hpp"

namespace davit::fs {
namespace {

Result<UniqueFd> open_folder(int parent, const char* name) {
    if (::mkdirat(parent, name, 0700) != 0 && errno != EEXIST) return system_error("mkdirat");
    UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return system_error("openat");
    return fd;
}

Result<UniqueFd> take_lock(int folder) {
    UniqueFd fd(::openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return system_error("openat");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno == EWOULDBLOCK) return fail(FailureCode::permission_denied, "Another davit serves this folder already.");
    return system_error("flock");
}

/// Records that were being written when a crash came. Nothing can point to them.
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
    if (auto done = open_into(state.lock_, take_lock(state.folder())); !done) return std::unexpected(done.error());
    if (auto done = open_into(state.tmp_, open_folder(state.folder(), "tmp")); !done)
        return std::unexpected(done.error());
    if (auto done = open_into(state.trash_, open_folder(state.folder(), "trash")); !done)
        return std::unexpected(done.error());
    if (auto done = open_into(state.records_, open_folder(state.folder(), "records")); !done)
        return std::unexpected(done.error());
    remove_parts(state.records());
    return state;
}

Result<void> StateFolder::open_litter(bool make) {
    if (!make && ::faccessat(folder(), "litter", F_OK, AT_SYMLINK_NOFOLLOW) != 0) return {};
    auto opened = open_folder(folder(), "litter");
    if (!opened) return std::unexpected(std::move(opened.error()));
    litter_ = std::move(*opened);
    return {};
}

StateFolder StateFolder::open_to_read(int root) {
    StateFolder state;
    state.records_ = UniqueFd(::openat(root, ".davit/records", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return state;
}

std::string unique_name() {
    std::array<unsigned char, 16> bytes;
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
    std::string name;
    for (const auto byte : bytes) {
        name += "0123456789abcdef"[byte >> 4];
        name += "0123456789abcdef"[byte & 15];
    }
    return name;
}

bool empty_folder(int folder, std::size_t& budget) {
    Entries entries(folder);
    if (!entries) return false;
    bool empty = true;
    while (const auto* name = entries.next()) {
        if (budget == 0) return false;
        if (!remove_tree(folder, name, budget)) empty = false;
    }
    return empty;
}

bool remove_tree(int folder, const char* name, std::size_t& budget) {
    if (budget == 0) return false;
    --budget;
    if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    const UniqueFd inner(::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner) {
        // A folder its owner may not read: it was ours to delete whole, so make it readable and try the next time.
        if (errno == EACCES) ::fchmodat(folder, name, 0700, 0);
        return false;
    }
    struct stat status{};
    if (::fstat(inner.get(), &status) == 0 && (status.st_mode & 0700) != 0700) ::fchmod(inner.get(), 0700);
    if (!empty_folder(inner.get(), budget)) return false;
    return ::unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

}  // namespace davit::fs
