#pragma once
// Tells a file from another one with the same name, without device and inode numbers, because those change when a file
// system is mounted again.
#include <cstdint>
#include <string>
#include <string_view>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Each part is empty where the file system has no value that survives a remount.
struct FileMark {
    std::int64_t born = 0;  ///< nanoseconds since 1970
    std::string handle;     ///< of name_to_handle_at(2)

    std::string encoded() const;
    static FileMark decode(std::string_view bytes);
    /// True when it can be the same file: compares handles if both have one, else the time of birth. True when neither
    /// is known.
    bool may_be(const FileMark& other) const;
    /// True when may_be() can tell another file from this one.
    bool tells() const { return born != 0 || !handle.empty(); }
};

Result<FileMark> mark_of(int fd);
/// Reads the mark of an entry of an open directory. Does not follow a symbolic link.
Result<FileMark> mark_at(int folder, const char* name);

}  // namespace davit::fs
