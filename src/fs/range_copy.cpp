#include "range_copy.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "errors.hpp"

namespace davit::fs {
namespace {

constexpr std::uint64_t copied_at_once = 1U << 20U;

Result<void> write_at(int to, const char* bytes, std::size_t size, off_t at) {
    while (size > 0) {
        const auto put = ::pwrite(to, bytes, size, at);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return system_error("pwrite");
        bytes += put;
        at += put;
        size -= static_cast<std::size_t>(put);
    }
    return {};
}

Result<void> copy_through_buffer(int from, int to, off_t at, std::uint64_t length) {
    std::vector<char> buffer(std::min(length, copied_at_once));
    while (length > 0) {
        const auto got = ::pread(from, buffer.data(), std::min<std::uint64_t>(buffer.size(), length), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("pread");
        if (got == 0) return {};
        if (auto written = write_at(to, buffer.data(), static_cast<std::size_t>(got), at); !written) return written;
        at += got;
        length -= static_cast<std::uint64_t>(got);
    }
    return {};
}

}  // namespace

Result<void> copy_range(int from, int to, std::uint64_t offset, std::uint64_t length) {
    auto in = static_cast<off_t>(offset);
    auto out = in;
    while (length > 0) {
        const auto copied = ::copy_file_range(from, &in, to, &out, std::min(length, 64 * copied_at_once), 0);
        if (copied == 0) return {};
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
            return copy_through_buffer(from, to, in, length);
        if (copied < 0) return system_error("copy_file_range");
        length -= static_cast<std::uint64_t>(copied);
    }
    return {};
}

Result<void> copy_sparse(int from, int to, std::uint64_t size) {
    if (::ioctl(to, FICLONE, from) == 0) return {};
    const auto end = static_cast<off_t>(size);
    for (off_t at = 0; at < end;) {
        auto data = ::lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;  // a hole up to the end
        auto hole = data < 0 ? -1 : ::lseek(from, data, SEEK_HOLE);
        if (hole < 0) {  // the file system does not report holes
            data = at;
            hole = end;
        }
        hole = std::min(hole, end);
        if (data >= hole) break;
        const auto offset = static_cast<std::uint64_t>(data);
        if (auto copied = copy_range(from, to, offset, static_cast<std::uint64_t>(hole - data)); !copied) return copied;
        at = hole;
    }
    return ::ftruncate(to, end) == 0 ? Result<void>() : system_error("ftruncate");
}

}  // namespace davit::fs
