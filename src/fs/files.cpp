#include "files.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "attributes.hpp"
#include "errors.hpp"

namespace davit::fs {
namespace {

constexpr std::size_t piece = 1 << 20;  // bytes for each call

/// Up to this size, read and write cost less than a refused request for shared blocks and a copy in the kernel.
constexpr std::uint64_t small = 32 * 1024;

/// Copies `size` bytes, the file's size a moment ago.
Result<void> copy_small(int from, int to, std::span<char> buffer, std::uint64_t size) {
    for (std::uint64_t copied = 0; copied < size;) {
        const auto got = ::read(from, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read");
        if (got == 0) return {};
        if (auto done = write_all(to, {buffer.data(), static_cast<std::size_t>(got)}); !done) return done;
        copied += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<void> copy_by_hand(int from, int to, std::span<char> buffer, const store::Deadline& until) {
    while (true) {
        if (until.is_over()) return std::unexpected(store::out_of_time());
        const auto got = ::read(from, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read");
        if (got == 0) return {};
        if (auto done = write_all(to, {buffer.data(), static_cast<std::size_t>(got)}); !done) return done;
    }
}

/// The names, each followed by a zero byte. Tries a small buffer first: the kernel allocates one of the given size for
/// each call, and most files have no attributes.
Result<std::string> list_attributes(int fd) {
    std::array<char, 512> usual;
    auto size = ::flistxattr(fd, usual.data(), usual.size());
    if (size >= 0) return std::string(usual.data(), static_cast<std::size_t>(size));
    if (errno == EOPNOTSUPP) return std::string();
    if (errno != ERANGE) return system_error("flistxattr");
    std::string names(XATTR_LIST_MAX, '\0');
    size = ::flistxattr(fd, names.data(), names.size());
    if (size < 0) return system_error("flistxattr");
    names.resize(static_cast<std::size_t>(size));
    return names;
}

constexpr const char* access_list = "system.posix_acl_access";

Result<void> copy_attribute(int from, int to, const char* name) {
    std::vector<char> value(XATTR_SIZE_MAX);
    const auto got = ::fgetxattr(from, name, value.data(), value.size());
    if (got < 0 && errno == ENODATA) return {};  // removed meanwhile
    if (got < 0) return system_error("fgetxattr");
    if (::fsetxattr(to, name, value.data(), static_cast<std::size_t>(got), 0) == 0) return {};
    if (errno == EOPNOTSUPP || errno == EPERM) return {};
    return system_error("fsetxattr");
}

}  // namespace

Result<std::string> read_all(int fd) {
    std::string bytes;
    std::array<char, 65536> buffer;
    while (true) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read");
        if (got == 0) return bytes;
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

Result<void> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return system_error("write");
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<void> copy_content(int from, int to, std::uint64_t size, const store::Deadline& until) {
    if (size <= small) {
        std::array<char, small> buffer;
        // Some virtual file systems report size 0 for files with content.
        return size > 0 ? copy_small(from, to, buffer, size) : copy_by_hand(from, to, buffer, until);
    }
    if (::ioctl(to, FICLONE, from) == 0) return {};
    while (true) {
        if (until.is_over()) return std::unexpected(store::out_of_time());
        const auto copied = ::copy_file_range(from, nullptr, to, nullptr, piece * 64, 0);
        if (copied == 0) return {};
        if (copied > 0 || errno == EINTR) continue;
        if (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS) {
            std::vector<char> buffer(piece);
            return copy_by_hand(from, to, buffer, until);
        }
        return system_error("copy_file_range");
    }
}

Result<AttributesSeen> copy_attributes(int from, int to) {
    const auto names = list_attributes(from);
    if (!names) return std::unexpected(names.error());
    AttributesSeen seen;
    for (const char* name = names->data(); name < names->data() + names->size(); name += std::strlen(name) + 1) {
        const std::string_view view(name);
        if (view == access_list) seen.access_list = true;
        if (view == properties_attribute) seen.properties = true;
        if (!view.starts_with("user.") || view == properties_attribute) continue;
        if (auto copied = copy_attribute(from, to, name); !copied) return std::unexpected(std::move(copied.error()));
    }
    return seen;
}

Result<void> strip_attributes(int file) {
    const auto names = list_attributes(file);
    if (!names) return std::unexpected(names.error());
    for (const char* name = names->data(); name < names->data() + names->size(); name += std::strlen(name) + 1) {
        const std::string_view view(name);
        if (!view.starts_with("user.") && view != access_list) continue;
        if (::fremovexattr(file, name) != 0 && errno != ENODATA) return system_error("fremovexattr");
    }
    return {};
}

Result<void> copy_access_list(int from, int to, AttributesSeen seen) {
    return seen.access_list ? copy_attribute(from, to, access_list) : Result<void>();
}

}  // namespace davit::fs
