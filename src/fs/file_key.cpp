#include "file_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "errors.hpp"
#include "file_time.hpp"

namespace davit::fs {

Result<FileKey> key_of(int fd) {
    struct statx status{};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT, STATX_INO | STATX_BTIME, &status) != 0)
        return system_error("statx");
    const bool born = (status.stx_mask & STATX_BTIME) != 0;
    return FileKey{static_cast<std::int64_t>(makedev(status.stx_dev_major, status.stx_dev_minor)),
                   static_cast<std::int64_t>(status.stx_ino),
                   born ? nanoseconds(status.stx_btime.tv_sec, status.stx_btime.tv_nsec) : 0};
}

}  // namespace davit::fs
