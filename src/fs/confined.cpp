#include "confined.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "errors.hpp"
#include "file_time.hpp"

namespace davit::fs {
namespace {

constexpr unsigned wanted = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;

store::FileTime time_of(const struct statx_timestamp& stamp) {
    return store::FileTime(std::chrono::nanoseconds(nanoseconds(stamp.tv_sec, stamp.tv_nsec)));
}

store::ResourceInfo to_info(const struct statx& status) {
    store::ResourceInfo info;
    info.collection = S_ISDIR(status.stx_mode);
    info.executable = !info.collection && (status.stx_mode & S_IXUSR) != 0;
    info.size = info.collection ? 0 : status.stx_size;
    info.identity = status.stx_ino;
    info.device = makedev(status.stx_dev_major, status.stx_dev_minor);
    info.modified = time_of(status.stx_mtime);
    info.created = (status.stx_mask & STATX_BTIME) != 0 ? time_of(status.stx_btime) : info.modified;
    return info;
}

Result<EntryInfo> entry_at(int folder, const char* name, int flags) {
    struct statx status{};
    if (::statx(folder, name, flags | AT_STATX_SYNC_AS_STAT, wanted, &status) != 0) return system_error("statx");
    return EntryInfo{.info = to_info(status),
                     .mode = status.stx_mode,
                     .changed = time_of(status.stx_ctime).time_since_epoch().count(),
                     .owner = status.stx_uid,
                     .group = status.stx_gid,
                     .mount = (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0,
                     .mounted = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0};
}

}  // namespace

Result<void> check_served(mode_t mode) {
    if (S_ISDIR(mode) || S_ISREG(mode)) return {};
    return fail(FailureCode::not_a_regular_file, "This is neither a file nor a folder, and is not served.");
}

Result<UniqueFd> open_beneath(int root, const std::string& path, int flags, store::Waiting waiting, Links links,
                              MountPoints mounts) {
    struct open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (waiting == store::Waiting::refused) how.resolve |= RESOLVE_CACHED;
    if (links == Links::refused) how.resolve |= RESOLVE_NO_SYMLINKS;
    if (mounts == MountPoints::refused) how.resolve |= RESOLVE_NO_XDEV;
    const char* name = path.empty() ? "." : path.c_str();
    // EAGAIN without RESOLVE_CACHED: a rename raced with the check for escapes, and the kernel asks the caller to
    // retry.
    for (int attempt = 0; attempt < 64; ++attempt) {
        const auto fd = ::syscall(SYS_openat2, root, name, &how, sizeof how);
        if (fd >= 0) return UniqueFd(static_cast<int>(fd));
        if (errno == EINTR || (errno == EAGAIN && waiting == store::Waiting::allowed)) continue;
        break;
    }
    return system_error("openat2");
}

Result<Place> open_place(int root, const ResourcePath& path) {
    auto folder = open_beneath(root, path.parent().str(), O_RDONLY | O_DIRECTORY);
    if (!folder) return std::unexpected(std::move(folder.error()));
    return Place{std::move(*folder), std::string(path.name())};
}

bool is_removed(int folder) {
    struct stat status{};
    return ::fstat(folder, &status) == 0 && status.st_nlink == 0;
}

std::unexpected<Failure> error_in(int folder, Failure failure) {
    if (failure.changed != Changed::unknown && is_removed(folder)) return parent_error(system_failure("fstat", ENOENT));
    return std::unexpected(std::move(failure));
}

Result<store::ResourceInfo> info_of(int fd) {
    struct statx status{};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT, wanted, &status) != 0) return system_error("statx");
    if (auto served = check_served(status.stx_mode); !served) return std::unexpected(std::move(served.error()));
    return to_info(status);
}

Result<EntryInfo> entry_info(int folder, const char* name) {
    return entry_at(folder, name, AT_SYMLINK_NOFOLLOW);
}

Result<EntryInfo> entry_info(int fd) {
    return entry_at(fd, "", AT_EMPTY_PATH);
}

}  // namespace davit::fs
