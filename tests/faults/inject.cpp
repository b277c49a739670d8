// LD_PRELOAD: counts the system calls by which the program reads and changes files, and fails the k-th, or all from the
// k-th, with a chosen errno. Sockets, pipes and the log are left alone. The test at the other end of the shared memory
// named by DAVIT_FAULTS arms and disarms it, and reads what was hit.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

/// tests/faults/faults_test.py knows this layout.
struct Control {
    std::atomic<std::uint32_t> armed;   ///< 0: nothing is counted
    std::atomic<std::uint32_t> sticky;  ///< 1: every call from the k-th on fails
    std::atomic<std::uint32_t> number;  ///< errno; 0: the program is killed
    std::atomic<std::uint32_t> at;      ///< k, from 1
    std::atomic<std::uint32_t> calls;   ///< seen since armed
    std::atomic<std::uint32_t> hits;    ///< failed since armed
    std::atomic<std::uint32_t> syncs;   ///< 1: nothing else is counted; 2: only changes of names beside them
    std::atomic<std::uint32_t> pause;   ///< microseconds that a sync takes longer
    char name[40];                      ///< the first that failed
};

Control* map_control() {
    const char* path = std::getenv("DAVIT_FAULTS");
    if (!path) return nullptr;
    const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
    if (fd < 0) return nullptr;
    void* memory = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    return memory == MAP_FAILED ? nullptr : static_cast<Control*>(memory);
}

Control* control() {
    static Control* const mapped = map_control();
    return mapped;
}

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Only files and folders: not sockets, events, pipes. Standard error is the log.
bool is_file(int fd) {
    static const auto real = next<int(int, struct stat*)>("fstat");
    if (fd <= 2) return false;
    const int kept = errno;
    struct stat status{};
    const bool found = real(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
    errno = kept;
    return found;
}

bool is_sync(const char* name) {
    return std::strcmp(name, "fsync") == 0 || std::strcmp(name, "fdatasync") == 0;
}

bool changes_names(const char* name) {
    for (const char* each : {"rename", "unlink", "link", "symlink", "mkdir"})
        if (std::strncmp(name, each, std::strlen(each)) == 0) return true;
    return false;
}

/// Is it this call's turn? errno is set then.
bool fails(const char* name) {
    auto* shared = control();
    if (!shared || shared->armed.load() == 0) return false;
    if (shared->syncs.load() == 1 && !is_sync(name)) return false;
    if (shared->syncs.load() == 2 && !is_sync(name) && !changes_names(name)) return false;
    const auto mine = shared->calls.fetch_add(1) + 1;
    const auto at = shared->at.load();
    if (mine != at && (mine < at || shared->sticky.load() == 0)) return false;
    if (shared->hits.fetch_add(1) == 0) std::strncpy(shared->name, name, sizeof shared->name - 1);
    errno = static_cast<int>(shared->number.load());
    if (errno == 0) ::kill(::getpid(), SIGKILL);
    return true;
}

bool fails_on(int fd, const char* name) {
    const auto* shared = control();
    if (!shared || shared->armed.load() == 0 || !is_file(fd)) return false;
    if (is_sync(name)) ::usleep(shared->pause.load());
    return fails(name);
}

}  // namespace

extern "C" {

// The signatures are the C library's; a definition here comes before the library's own.
#define DAVIT_BY_FD(type, name, parameters, arguments)            \
    __attribute__((visibility("default"))) type name parameters { \
        static const auto real = next<type parameters>(#name);    \
        if (fails_on(fd, #name)) return static_cast<type>(-1);    \
        return real arguments;                                    \
    }
#define DAVIT_BY_NAME(type, name, parameters, arguments)          \
    __attribute__((visibility("default"))) type name parameters { \
        static const auto real = next<type parameters>(#name);    \
        if (fails(#name)) return static_cast<type>(-1);           \
        return real arguments;                                    \
    }

DAVIT_BY_FD(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size))
DAVIT_BY_FD(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
DAVIT_BY_FD(ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at), (fd, data, size, at))
DAVIT_BY_FD(ssize_t, read, (int fd, void* data, size_t size), (fd, data, size))
DAVIT_BY_FD(ssize_t, pread, (int fd, void* data, size_t size, off_t at), (fd, data, size, at))
DAVIT_BY_FD(ssize_t, pread64, (int fd, void* data, size_t size, off64_t at), (fd, data, size, at))
DAVIT_BY_FD(int, fsync, (int fd), (fd))
DAVIT_BY_FD(int, fdatasync, (int fd), (fd))
DAVIT_BY_FD(int, syncfs, (int fd) noexcept, (fd))
DAVIT_BY_FD(int, ftruncate, (int fd, off_t size) noexcept, (fd, size))
DAVIT_BY_FD(int, ftruncate64, (int fd, off64_t size) noexcept, (fd, size))
DAVIT_BY_FD(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
DAVIT_BY_FD(int, fchmod, (int fd, mode_t mode) noexcept, (fd, mode))
DAVIT_BY_FD(int, fchown, (int fd, uid_t user, gid_t group) noexcept, (fd, user, group))
DAVIT_BY_FD(int, futimens, (int fd, const timespec* times) noexcept, (fd, times))
DAVIT_BY_FD(int, fstat, (int fd, struct stat* status) noexcept, (fd, status))
DAVIT_BY_FD(int, fstatvfs, (int fd, struct statvfs* status) noexcept, (fd, status))
DAVIT_BY_FD(int, fsetxattr, (int fd, const char* name, const void* value, size_t size, int flags) noexcept,
            (fd, name, value, size, flags))
DAVIT_BY_FD(int, fremovexattr, (int fd, const char* name) noexcept, (fd, name))
DAVIT_BY_FD(ssize_t, fgetxattr, (int fd, const char* name, void* value, size_t size) noexcept, (fd, name, value, size))
DAVIT_BY_FD(ssize_t, flistxattr, (int fd, char* names, size_t size) noexcept, (fd, names, size))
DAVIT_BY_FD(ssize_t, copy_file_range, (int fd, off64_t* in, int to, off64_t* out, size_t size, unsigned flags),
            (fd, in, to, out, size, flags))
DAVIT_BY_NAME(int, mkdirat, (int fd, const char* name, mode_t mode) noexcept, (fd, name, mode))
DAVIT_BY_NAME(int, unlinkat, (int fd, const char* name, int flags) noexcept, (fd, name, flags))
DAVIT_BY_NAME(int, unlink, (const char* name) noexcept, (name))
DAVIT_BY_NAME(int, renameat, (int fd, const char* name, int to, const char* other) noexcept, (fd, name, to, other))
DAVIT_BY_NAME(int, renameat2, (int fd, const char* name, int to, const char* other, unsigned flags) noexcept,
              (fd, name, to, other, flags))
DAVIT_BY_NAME(int, linkat, (int fd, const char* name, int to, const char* other, int flags) noexcept,
              (fd, name, to, other, flags))
DAVIT_BY_NAME(int, symlinkat, (const char* target, int fd, const char* name) noexcept, (target, fd, name))
DAVIT_BY_NAME(ssize_t, readlinkat, (int fd, const char* name, char* target, size_t size) noexcept,
              (fd, name, target, size))
DAVIT_BY_NAME(int, statx, (int fd, const char* name, int flags, unsigned mask, struct statx* status) noexcept,
              (fd, name, flags, mask, status))

// Those that take a mode only sometimes, and numbered calls: all six registers are handed on.
#define DAVIT_OPEN(name, parameters, arguments)                                        \
    __attribute__((visibility("default"))) int name parameters {                       \
        static const auto real = next<int parameters>(#name);                          \
        va_list rest;                                                                  \
        va_start(rest, flags);                                                         \
        const bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; \
        const mode_t mode = makes ? va_arg(rest, mode_t) : 0;                          \
        va_end(rest);                                                                  \
        if (fails(#name)) return -1;                                                   \
        return real arguments;                                                         \
    }
DAVIT_OPEN(open, (const char* path, int flags, ...), (path, flags, mode))
DAVIT_OPEN(open64, (const char* path, int flags, ...), (path, flags, mode))
DAVIT_OPEN(openat, (int fd, const char* path, int flags, ...), (fd, path, flags, mode))
DAVIT_OPEN(openat64, (int fd, const char* path, int flags, ...), (fd, path, flags, mode))

__attribute__((visibility("default"))) long syscall(long number, ...) noexcept {
    static const auto real = next<long(long, ...)>("syscall");
    va_list rest;
    va_start(rest, number);
    long values[6];
    for (auto& value : values) value = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_openat2 && fails("openat2")) return -1;
    return real(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...) noexcept {
    static const auto real = next<int(int, unsigned long, ...)>("ioctl");
    va_list rest;
    va_start(rest, request);
    void* argument = va_arg(rest, void*);
    va_end(rest);
    if (fails_on(fd, "ioctl")) return -1;
    return real(fd, request, argument);
}
}
