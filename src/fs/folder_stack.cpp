#include "folder_stack.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace davit::fs {

void FolderStack::push(UniqueFd fd, std::string name) {
    if (levels_.size() >= max_open) levels_[levels_.size() - max_open].fd = UniqueFd();
    struct stat status{};
    (void)::fstat(fd.get(), &status);
    levels_.push_back({std::move(fd), std::move(name), status.st_dev, status.st_ino});
}

bool FolderStack::enter(const char* name) {
    UniqueFd fd(::openat(this->fd(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return false;
    push(std::move(fd), name);
    return true;
}

std::optional<UniqueFd> FolderStack::pop() {
    auto left = std::move(levels_.back().fd);
    levels_.pop_back();
    if (levels_.empty() || levels_.back().fd || open_last_again(left.get())) return left;
    return std::nullopt;
}

bool FolderStack::open_last_again(int below) {
    auto& level = levels_.back();
    level.fd = UniqueFd(::openat(below, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status{};
    if (!level.fd || ::fstat(level.fd.get(), &status) != 0) return false;
    if (status.st_dev == level.device && status.st_ino == level.inode) return true;
    errno = ESTALE;
    return false;
}

std::vector<std::string> FolderStack::names() const {
    std::vector<std::string> names;
    names.reserve(levels_.size());
    for (const auto& level : levels_) names.push_back(level.name);
    return names;
}

}  // namespace davit::fs
