#include "reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "files.hpp"
#include "unique_fd.hpp"

namespace davit::fs {
namespace {

constexpr const char* file_name = "reserve";
constexpr const char* unfinished_reserve = "reserve.part";
constexpr off_t reserve_size = 1 << 20;
/// The reserve is created only where it is a small part of the free space.
constexpr std::uint64_t needed_room = 4ULL << 20U;

bool has_room(int folder) {
    struct statvfs room{};
    if (::fstatvfs(folder, &room) != 0) return false;
    return room.f_blocks == 0 || room.f_bavail * room.f_frsize >= needed_room;
}

/// Where the file system cannot allocate blocks, this writes them.
bool fill(int file) {
    if (::fallocate(file, 0, 0, reserve_size) == 0) return true;
    return write_all(file, std::string(static_cast<std::size_t>(reserve_size), '\0')).has_value();
}

}  // namespace

void Reserve::begin(int folder) {
    folder_ = folder;
    ::unlinkat(folder_, unfinished_reserve, 0);
    struct stat status{};
    there_ = ::fstatat(folder_, file_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    restore();
}

bool Reserve::give_up() {
    if (!there_.exchange(false)) return false;
    return ::unlinkat(folder_, file_name, 0) == 0;
}

void Reserve::restore() {
    if (folder_ < 0 || there_ || !has_room(folder_)) return;
    const UniqueFd file(
        ::openat(folder_, unfinished_reserve, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return;
    if (fill(file.get()) && ::renameat(folder_, unfinished_reserve, folder_, file_name) == 0)
        there_ = true;
    else
        ::unlinkat(folder_, unfinished_reserve, 0);
}

}  // namespace davit::fs
