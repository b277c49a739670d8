#pragma once
// Path look-ups: always openat2 beneath the root's descriptor.
#include <sys/stat.h>

#include <cstdint>

#include "davit/store/resource_store.hpp"
#include "unique_fd.hpp"

namespace davit::fs {

enum class Links : std::uint8_t { followed, refused };
enum class MountPoints : std::uint8_t { crossed, refused };

/// Opens `path` below `root` ("" is the root itself). ELOOP when the path contains a symbolic link; with `links`
/// followed, when one leads out of the root. With `mounts` refused, EXDEV when the path crosses a mount point. With
/// `waiting` refused, would_block unless the kernel has cached the whole path.
Result<UniqueFd> open_beneath(int root, const std::string& path, int flags,
                              store::Waiting waiting = store::Waiting::allowed, Links links = Links::refused,
                              MountPoints mounts = MountPoints::crossed);

/// A name and its open directory, as renames and links need them.
struct Place {
    UniqueFd folder;
    std::string name;
};
/// Opens the parent directory of `path`; not_found when it is missing or is a file. `path` must not be the root.
Result<Place> open_place(int root, const ResourcePath& path);

/// True when an open directory has been removed meanwhile.
bool is_removed(int folder);
/// The failure of an operation in an open directory. If the directory has been removed meanwhile, the parent collection
/// is missing, whatever the system call reported, unless the operation may be half done: that failure takes precedence.
std::unexpected<Failure> error_in(int folder, Failure failure);

/// not_a_regular_file when the descriptor is neither a file nor a collection.
Result<store::ResourceInfo> info_of(int fd);
/// The same for an entry of an open directory, of any type, without following a link.
struct EntryInfo {
    store::ResourceInfo info;
    mode_t mode = 0;
    std::int64_t changed = 0;  ///< ctime, nanoseconds since 1970
    uid_t owner = 0;
    gid_t group = 0;
    std::uint64_t mount = 0;  ///< ID of its mount; 0 where the kernel does not report it
    bool mounted = false;     ///< the entry itself is a mount point
};
Result<EntryInfo> entry_info(int folder, const char* name);
Result<EntryInfo> entry_info(int fd);
/// Returns not_a_regular_file for everything but files and collections.
Result<void> check_served(mode_t mode);

}  // namespace davit::fs
