#pragma once
// What tells a file or folder from another one that has its name, without its device or inode number: those change when
// a file system is mounted again.
#include <cstdint>
#include <string>
#include <string_view>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Each part is empty where the file system has none that survives a remount.
struct FileMark {
    std::int64_t born = 0;  ///< nanoseconds since 1970
    std::string handle;     ///< of name_to_handle_at(2)

    std::string encoded() const;
    static FileMark decode(std::string_view bytes);
    /// Could it be the same file? By the handle if both have one, else by the time of birth; true when nothing is
    /// known.
    bool may_be(const FileMark& other) const;
    /// Would may_be() tell another file from this one?
    bool tells() const { return born != 0 || !handle.empty(); }
};

Result<FileMark> mark_of(int fd);
/// Of an entry of an open folder; a symbolic link is not followed.
Result<FileMark> mark_at(int folder, const char* name);

}  // namespace davit::fs
