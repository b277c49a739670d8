#include "rename.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace davit::fs {

int rename_to_free_name(int from, const char* name, int to, const char* new_name) {
    if (::renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (::faccessat(to, new_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    if (errno != ENOENT) return -1;
    return ::renameat(from, name, to, new_name);
}

int exchange_entries(int one, const char* name, int other, const char* other_name) {
    return ::renameat2(one, name, other, other_name, RENAME_EXCHANGE);
}

}  // namespace davit::fs
