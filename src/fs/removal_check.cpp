#include "removal_check.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "entries.hpp"
#include "errors.hpp"

namespace davit::fs {
namespace {

std::unexpected<Failure> refuse_mount(ResourcePath culprit) {
    return fail(FailureCode::mount_inside,
                "Another file system is mounted inside this folder: its content would be lost. Unmount it first.",
                {std::move(culprit)});
}

std::unexpected<Failure> refuse_member(std::string_view why, ResourcePath culprit) {
    return fail(FailureCode::member_not_removable,
                "A member of this folder cannot be removed: " + std::string(why) + ". Nothing was changed.",
                {std::move(culprit)});
}

/// True when this thread may remove entries of other owners from a sticky directory.
bool overrides_owners() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
    if (::syscall(SYS_capget, &header, data) != 0) return ::geteuid() == 0;
    return (data[0].effective & (1U << CAP_FOWNER)) != 0;
}

bool is_protected(const struct statx& status) {
    return (status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
}

constexpr unsigned wanted_fields = STATX_TYPE | STATX_MODE | STATX_UID;

/// Keeps one directory open at a time, by its path below the top: the depth of a tree costs memory but no descriptors.
class RemovalCheck {
public:
    RemovalCheck(int folder, const ResourcePath& path) : folder_(folder), path_(path) {}

    Result<void> run(const std::string& name) {
        pending_.push_back(name);
        top_ = name.size();
        for (; !pending_.empty() && folders_left_ > 0; --folders_left_) {
            const auto next = std::move(pending_.back());
            pending_.pop_back();
            if (auto removable = check_folder(next); !removable) return removable;
        }
        return {};
    }

private:
    struct Opened {
        UniqueFd fd;
        struct statx status{};
        bool writable = false;
    };

    ResourcePath path_of(const std::string& below) const {
        return below.size() > top_ ? path_.child(std::string_view(below).substr(top_ + 1)) : path_;
    }

    bool is_own(const struct statx& status) const { return status.stx_uid == user_; }

    UniqueFd open_folder(const std::string& below) const {
        struct open_how how{};
        how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
        return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder_, below.c_str(), &how, sizeof how)));
    }

    Result<void> check_folder(const std::string& below) {
        Opened opened{open_folder(below)};
        if (!opened.fd) return check_closed(below, errno);
        if (::statx(opened.fd.get(), "", AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT, wanted_fields, &opened.status) != 0)
            return {};
        if (is_protected(opened.status)) return refuse_member("a flag protects it (see chattr(1))", path_of(below));
        // The server can change the mode of its own directories.
        opened.writable = is_own(opened.status) || ::faccessat(opened.fd.get(), ".", W_OK | X_OK, AT_EACCESS) == 0;
        return check_members(opened, below);
    }

    /// The directory could not be opened for reading.
    Result<void> check_closed(const std::string& below, int error) const {
        if (error == EXDEV) return refuse_mount(path_of(below));
        if (error != EACCES) return {};
        struct statx status{};
        const int flags = AT_SYMLINK_NOFOLLOW | AT_STATX_SYNC_AS_STAT;
        if (::statx(folder_, below.c_str(), flags, wanted_fields, &status) != 0 || is_own(status)) return {};
        return refuse_member("the server may not read it", path_of(below));
    }

    Result<void> check_members(const Opened& opened, const std::string& below) {
        Entries entries(opened.fd.get());
        while (const auto* name = entries ? entries.next() : nullptr) {
            if (!opened.writable) return refuse_member("the server may not write in it", path_of(below));
            if (names_left_ == 0) return {};
            --names_left_;
            const bool folder = entries.type() == DT_DIR;
            if (folder ? pending_.size() >= folders_left_ : files_left_ == 0) continue;
            if (!folder) --files_left_;
            if (auto removable = check_member(opened, name, below + "/" + name); !removable) return removable;
        }
        return {};
    }

    Result<void> check_member(const Opened& opened, const char* name, const std::string& member) {
        struct statx status{};
        const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_SYNC_AS_STAT;
        if (::statx(opened.fd.get(), name, flags, wanted_fields, &status) != 0) return {};
        if ((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) return refuse_mount(path_of(member));
        if (is_protected(status)) return refuse_member("a flag protects it (see chattr(1))", path_of(member));
        const bool sticky = (opened.status.stx_mode & S_ISVTX) != 0;
        if (sticky && !is_own(opened.status) && !is_own(status) && !overrides_owners_)
            return refuse_member("it has another owner and lies in a sticky folder", path_of(member));
        if (S_ISDIR(status.stx_mode)) pending_.push_back(member);
        return {};
    }

    int folder_;
    const ResourcePath& path_;
    std::size_t top_ = 0;  ///< the length of the tree's own name, with which all of pending_ begin
    std::size_t folders_left_ = max_checked_folders;
    std::size_t files_left_ = max_checked_files;
    std::size_t names_left_ = max_checked_names;
    const uid_t user_ = ::geteuid();
    const bool overrides_owners_ = overrides_owners();
    std::vector<std::string> pending_;
};

}  // namespace

Result<void> check_no_mount_inside(const Volume& volume, int folder, const std::string& name,
                                   const ResourcePath& path) {
    const auto below = volume.mounts.first_below(folder, name);
    return below ? refuse_mount(path.child(*below)) : Result<void>();
}

Result<void> check_removable(const Volume& volume, int folder, const std::string& name, const ResourcePath& path) {
    if (auto free = check_no_mount_inside(volume, folder, name, path); !free) return free;
    return RemovalCheck(folder, path).run(name);
}

}  // namespace davit::fs
