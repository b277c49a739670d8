#pragma once
// Every look-up of a path: openat2 beneath the root's descriptor, and nothing else.
#include <sys/stat.h>

#include <cstdint>

#include "davit/store/resource_store.hpp"
#include "unique_fd.hpp"

namespace davit::fs {

enum class Links : std::uint8_t { followed, refused };
enum class MountPoints : std::uint8_t { crossed, refused };

/// Opens `path` below `root` ("" is the root itself). ELOOP when there is a symbolic link on the way; `links` followed:
/// when one leads out of the root. `mounts` refused: EXDEV when something is mounted on the way. `waiting` refused:
/// would_block unless the whole path is in the kernel's cache.
Result<UniqueFd> open_beneath(int root, const std::string& path, int flags,
                              store::Waiting waiting = store::Waiting::allowed, Links links = Links::refused,
                              MountPoints mounts = MountPoints::crossed);

/// A name and the open folder that holds it: what renames and links work on.
struct Place {
    UniqueFd folder;
    std::string name;
};
/// The folder above `path`; not_found when it is missing or a file. `path` must not be the root.
Result<Place> open_place(int root, const ResourcePath& path);

/// Has an open folder been removed meanwhile?
bool is_removed(int folder);
/// What went wrong in an open folder. When that has been removed meanwhile, it is the collection above that is missing,
/// whatever the system call said; unless it may be half done, which is said first.
std::unexpected<Failure> error_in(int folder, Failure failure);

/// not_a_regular_file when the descriptor is neither file nor collection.
Result<store::ResourceInfo> info_of(int fd);
/// The same for an entry of an open folder, whatever it is, without following a link.
struct EntryInfo {
    store::ResourceInfo info;
    mode_t mode = 0;
    std::int64_t changed = 0;  ///< ctime, nanoseconds since 1970
    uid_t owner = 0;
    gid_t group = 0;
    std::uint64_t mount = 0;  ///< number of the mount it is on; 0 where the kernel does not tell
    bool mounted = false;     ///< something is mounted on this very name
};
Result<EntryInfo> entry_info(int folder, const char* name);
Result<EntryInfo> entry_info(int fd);
/// What is neither file nor collection is not_a_regular_file.
Result<void> check_served(mode_t mode);

}  // namespace davit::fs
