#include "tree_size.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "entries.hpp"
#include "trash_files.hpp"
#include "unique_fd.hpp"

namespace davit::fs {
namespace {

UniqueFd open_below(int folder, const std::string& path) {
    struct open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
}

}  // namespace

TreeSize::TreeSize(int folder, std::string name) : folder_(folder), name_(std::move(name)) {
    add(name_, folder_, name_.c_str());
}

void TreeSize::add(const std::string& path, int above, const char* name) {
    struct stat status{};
    if (::fstatat(above, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    bytes_ += disk_bytes(status);
    if (S_ISDIR(status.st_mode)) pending_.push_back(path);
}

/// Reads a directory completely: a step ends between two directories.
bool TreeSize::look(std::size_t& budget) {
    while (!pending_.empty()) {
        if (budget == 0) return false;
        --budget;
        const auto path = std::move(pending_.back());
        pending_.pop_back();
        const auto folder = open_below(folder_, path);
        if (!folder) continue;
        Entries entries(folder.get());
        while (const auto* name = entries ? entries.next() : nullptr) {
            add(path + "/" + name, folder.get(), name);
            if (budget > 0) --budget;
        }
    }
    return true;
}

}  // namespace davit::fs
