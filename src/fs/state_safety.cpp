#include "state_safety.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "entries.hpp"
#include "errors.hpp"
#include "state_folder.hpp"
#include "unique_fd.hpp"

namespace davit::fs {
namespace {

constexpr mode_t rights_of_others = 077;
constexpr mode_t entry_of_others = 011;

std::unexpected<Failure> unsafe(std::string sentence) {
    return fail(FailureCode::state_unusable, std::move(sentence));
}

std::string octal(mode_t mode) {
    std::string text(4, '0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[text.size() - 1 - i] = static_cast<char>('0' + ((mode >> (3 * i)) & 7U));
    return text;
}

Result<struct stat> status_of(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) return system_error("fstat");
    return status;
}

/// The status of a new directory with mode 0700: it shows whether the file system stores owners and modes.
Result<struct stat> status_of_probe(int folder) {
    const auto name = "probe-" + unique_name();
    if (::mkdirat(folder, name.c_str(), 0700) != 0) return system_error("mkdirat");
    struct stat status{};
    const bool seen = ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    auto result = seen ? Result<struct stat>(status) : system_error("fstatat");
    ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
    return result;
}

struct MountAdvice {
    std::uint32_t magic;
    const char* name;
    const char* modes;  ///< the mount options that exclude other users
};
constexpr std::array mount_advice{
    MountAdvice{0x4d44, "vfat", "umask=077"},
    MountAdvice{0x2011bab0, "exFAT", "umask=077"},
    MountAdvice{0x5346544e, "NTFS", "umask=077"},
    MountAdvice{0x7366746e, "NTFS", "umask=077"},
    MountAdvice{0xff534d42, "CIFS", "dir_mode=0700,file_mode=0600"},
    MountAdvice{0xfe534d42, "CIFS", "dir_mode=0700,file_mode=0600"},
    MountAdvice{0x65735546, "FUSE", "umask=077"},
};
constexpr MountAdvice other_file_system{0, "this file system", "umask=077"};

MountAdvice advice_for(int folder) {
    struct statfs status{};
    if (::fstatfs(folder, &status) != 0) return other_file_system;
    const auto* found = std::ranges::find(mount_advice, static_cast<std::uint32_t>(status.f_type), &MountAdvice::magic);
    return found == mount_advice.end() ? other_file_system : *found;
}

/// True when an ancestor, or the served directory itself, admits only the server's user and root.
bool is_kept_private(int root) {
    UniqueFd folder(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    while (folder) {
        const auto here = status_of(folder.get());
        if (!here) return false;
        const bool trusted = here->st_uid == ::geteuid() || here->st_uid == 0;
        if (trusted && (here->st_mode & entry_of_others) == 0) return true;
        UniqueFd above(::openat(folder.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
        const auto next = above ? status_of(above.get()) : system_error("openat");
        if (!next || (next->st_ino == here->st_ino && next->st_dev == here->st_dev)) return false;
        folder = std::move(above);
    }
    return false;
}

/// The file system shows the same owner and mode for every directory.
Result<void> check_without_modes(int root, int folder, const struct stat& status) {
    const bool owned = status.st_uid == ::geteuid();
    if (owned && (status.st_mode & rights_of_others) == 0) return {};
    if (is_kept_private(root)) return {};
    const auto advice = advice_for(folder);
    std::string options;
    if (!owned) options = "uid=" + std::to_string(::geteuid());
    if ((status.st_mode & rights_of_others) != 0) (options += options.empty() ? "" : ",") += advice.modes;
    return unsafe(std::string("The state folder .davit can be entered by other users, and ") + advice.name +
                  " keeps no owners or modes of single folders. Mount it with the option " + options +
                  ", or serve it below a folder with mode 0700.");
}

Result<void> check_owner_and_mode(int root, int folder) {
    const auto status = status_of(folder);
    if (!status) return std::unexpected(status.error());
    const bool owned = status->st_uid == ::geteuid();
    const bool shut = (status->st_mode & rights_of_others) == 0;
    if (owned && shut) return {};
    const auto probe = status_of_probe(folder);
    const bool keeps_modes = !probe || (probe->st_mode & rights_of_others) == 0;
    const bool keeps_owners = !probe || probe->st_uid == ::geteuid();
    if (!keeps_modes) return check_without_modes(root, folder, *status);
    // A file server that maps this user to another one (NFS with root_squash): that user owns what the server creates.
    if (!keeps_owners && shut && status->st_uid == probe->st_uid && advice_for(folder).magic == 0) return {};
    if (!keeps_owners && status->st_uid == probe->st_uid) return check_without_modes(root, folder, *status);
    if (!owned)
        return unsafe("The state folder .davit belongs to user " + std::to_string(status->st_uid) +
                      ", not to the server's user " + std::to_string(::geteuid()) +
                      ". If you trust what is in it, give it to the server's user (chown -R); otherwise move it away.");
    return unsafe("The state folder .davit has mode " + octal(status->st_mode & 07777) +
                  ", so other users can enter it. If you trust what is in it, run chmod 0700 on it; otherwise move it "
                  "away.");
}

/// The server creates no links here. Only clients' directories below tmp, trash and litter contain some.
Result<void> check_links(int folder) {
    Entries entries(folder);
    if (!entries) return system_error("openat");
    while (const auto* name = entries.next()) {
        struct stat status{};
        if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISLNK(status.st_mode)) continue;
        return unsafe(std::string("In the state folder, .davit/") + name +
                      " is a symbolic link, which the server never makes. Remove the link.");
    }
    return {};
}

}  // namespace

Result<void> check_safety(int root, int folder) {
    if (auto safe = check_owner_and_mode(root, folder); !safe) return safe;
    return check_links(folder);
}

Result<void> check_inner_folder(int folder, int inner, const char* name) {
    const auto outer = status_of(folder);
    const auto status = status_of(inner);
    if (!outer) return std::unexpected(outer.error());
    if (!status) return std::unexpected(status.error());
    if (status->st_uid == outer->st_uid) return {};
    return unsafe(std::string("The folder .davit/") + name + " belongs to user " + std::to_string(status->st_uid) +
                  ", .davit to user " + std::to_string(outer->st_uid) +
                  ". If you trust what is in it, give it to the same user (chown -R); otherwise move it away.");
}

}  // namespace davit::fs
