#pragma once
// The names in a folder.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace davit::fs {

/// Without "." and "..", in the file system's order. Reads through a descriptor of its own: one that has been read from
/// before would go on where it stood. False when the folder cannot be read; errno says why.
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
    /// Good until the next call. Null at the end, and when nothing more can be read: error() says which.
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
    /// DT_REG and the like, of what next() returned; DT_UNKNOWN where the file system does not say.
    unsigned char type() const { return type_; }
    /// errno of what ended it; 0 at the end of all names.
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
