#include "folder_mistake.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "davit/core/resource_path.hpp"

namespace davit::app {
namespace {

std::string user_name(uid_t user) {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    auto number = "uid " + std::to_string(user);
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return number;
    return std::string(entry.pw_name) + " (" + number + ")";
}

bool is_link(const std::filesystem::path& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

std::string cannot_be_found(const std::filesystem::path& path, int number) {
    const auto name = path.string();
    if (number == ENOENT && is_link(path)) return "no such directory: " + name + " is a link that leads nowhere";
    if (number == ENOENT) return "no such directory: " + name;
    if (number == ENOTDIR) return "no such directory: " + name + ": a part of this path is a file";
    if (number == EACCES) return "permission denied: " + own_user() + " may not search the directories above " + name;
    return name + ": " + std::strerror(number);
}

/// Returns 0, or the error.
int access_error(const std::filesystem::path& path, int rights) {
    return ::faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0 ? 0 : errno;
}

std::string denied(const std::filesystem::path& path, const char* what) {
    return "permission denied: " + own_user() + " may not " + what + " " + path.string() + ", which belongs to " +
           owner_text(path);
}

}  // namespace

std::string own_user() {
    return user_name(::geteuid());
}

std::string owner_text(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return "an unknown user";
    std::array<char, 16> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(status.st_mode & 07777));
    return user_name(status.st_uid) + ", mode " + mode.data();
}

std::string not_a_folder(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return cannot_be_found(path, errno);
    return S_ISDIR(status.st_mode) ? std::string() : "not a directory: " + path.string();
}

std::string folder_mistake(const std::filesystem::path& path, FolderUse use) {
    if (auto wrong = not_a_folder(path); !wrong.empty()) return wrong;
    if (access_error(path, R_OK | X_OK) == EACCES) return denied(path, "read");
    if (use == FolderUse::read) return {};
    const auto state = path / ResourcePath::reserved_name;
    const auto needed =
        access_error(state, F_OK) == 0 ? state : path;  // an existing state directory need not be created
    const int error = access_error(needed, R_OK | W_OK | X_OK);
    if (error == EROFS) return "read-only file system: " + path.string() + ": serve it with --read-only";
    if (error == EACCES) return denied(needed, "write to") + ": change that, or serve the directory with --read-only";
    return {};
}

}  // namespace davit::app
