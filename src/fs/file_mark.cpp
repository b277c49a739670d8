#include "file_mark.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "errors.hpp"
#include "file_time.hpp"

namespace davit::fs {
namespace {

/// File systems whose handles stay valid after a remount. Others (vfat, FUSE) make handles of numbers that change.
constexpr std::array<std::uint32_t, 9> lasting_handles{
    0xef53,      // ext4
    0x58465342,  // XFS
    0x9123683e,  // btrfs
    0xf2f52010,  // F2FS
    0x01021994,  // tmpfs
    0x6969,      // NFS
    0x2fc12fc1,  // ZFS
    0xca451a4e,  // bcachefs
    0x3153464a,  // JFS
};

bool has_lasting_handles(int fd) {
    struct statfs status{};
    if (::fstatfs(fd, &status) != 0) return false;
    return std::ranges::find(lasting_handles, static_cast<std::uint32_t>(status.f_type)) != lasting_handles.end();
}

/// `space_of`: a descriptor on the same file system. Returns type and bytes; empty when there is no handle.
std::string handle_at(int space_of, int folder, const char* name, int flags) {
    if (!has_lasting_handles(space_of)) return {};
    alignas(file_handle) std::array<std::byte, sizeof(file_handle) + MAX_HANDLE_SZ> space{};
    auto* handle = reinterpret_cast<file_handle*>(space.data());
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (::name_to_handle_at(folder, name, handle, &mount, flags) != 0) return {};
    std::string text(reinterpret_cast<const char*>(&handle->handle_type), sizeof handle->handle_type);
    return text.append(reinterpret_cast<const char*>(space.data() + offsetof(file_handle, f_handle)),
                       handle->handle_bytes);
}

Result<FileMark> mark(int folder, const char* name, int flags) {
    struct statx status{};
    if (::statx(folder, name, flags | AT_STATX_SYNC_AS_STAT, STATX_BTIME, &status) != 0) return system_error("statx");
    FileMark mark;
    if ((status.stx_mask & STATX_BTIME) != 0)
        mark.born = nanoseconds(status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
    mark.handle = handle_at(folder, folder, name, flags & AT_EMPTY_PATH);
    return mark;
}

}  // namespace

std::string FileMark::encoded() const {
    std::string bytes(sizeof born, '\0');
    std::memcpy(bytes.data(), &born, sizeof born);
    return bytes + handle;
}

FileMark FileMark::decode(std::string_view bytes) {
    FileMark mark;
    if (bytes.size() < sizeof mark.born) return mark;
    std::memcpy(&mark.born, bytes.data(), sizeof mark.born);
    mark.handle = bytes.substr(sizeof mark.born);
    return mark;
}

bool FileMark::may_be(const FileMark& other) const {
    if (!handle.empty() && !other.handle.empty()) return handle == other.handle;
    return born == 0 || other.born == 0 || born == other.born;
}

Result<FileMark> mark_of(int fd) {
    return mark(fd, "", AT_EMPTY_PATH);
}

Result<FileMark> mark_at(int folder, const char* name) {
    return mark(folder, name, AT_SYMLINK_NOFOLLOW);
}

}  // namespace davit::fs
