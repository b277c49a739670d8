#pragma once
// The names in a directory.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace davit::fs {

/// Omits "." and "..". Uses the file system's order. Opens its own descriptor, because reading another would continue
/// at its position. False when the directory is unreadable; errno has the reason.
class Entries {
public:
    explicit Entries(int folder) {
        const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (again < 0) return;
        directory_.reset(::fdopendir(again));
        if (!directory_) ::close(again);
    }
    explicit operator bool() const { return directory_ != nullptr; }
    int descriptor() const { return ::dirfd(directory_.get()); }
    /// Valid until the next call. Null at the end and on an error; error() tells which.
    const char* next() {
        errno = 0;
        while (const auto* entry = ::readdir(directory_.get())) {
            const std::string_view name(entry->d_name);
            if (name == "." || name == "..") continue;
            type_ = entry->d_type;
            return entry->d_name;
        }
        error_ = errno;
        return nullptr;
    }
    /// The type (DT_REG etc.) of the last next(); DT_UNKNOWN where the file system does not report it.
    unsigned char type() const { return type_; }
    /// errno of the error that ended the listing; 0 at its end.
    int error() const { return error_; }

private:
    struct Close {
        void operator()(DIR* directory) const { ::closedir(directory); }
    };
    std::unique_ptr<DIR, Close> directory_;
    int error_ = 0;
    unsigned char type_ = DT_UNKNOWN;
};

}  // namespace davit::fs
