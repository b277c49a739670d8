#include "file_time.hpp"

#include <sys/stat.h>

#include <limits>

#include "errors.hpp"

namespace davit::fs {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

std::unexpected<Failure> no_such_time() {
    return fail(FailureCode::invalid_property_value, "The file system cannot keep this time.");
}

}  // namespace

std::int64_t nanoseconds(std::int64_t seconds, std::int64_t rest) {
    std::int64_t all = 0;
    if (!__builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &all) && !__builtin_add_overflow(all, rest, &all))
        return all;
    return seconds < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

Result<void> set_clock(int fd, store::FileTime time) {
    const auto second = floor<seconds>(time);  // rounds down before 1970 too, so nanoseconds are never negative
    const timespec times[2] = {{0, UTIME_OMIT}, {second.time_since_epoch().count(), (time - second).count()}};
    if (::futimens(fd, times) == 0) return {};
    if (errno == EINVAL || errno == EOVERFLOW) return no_such_time();
    return system_error("futimens");
}

Result<void> set_clock_exactly(int fd, store::FileTime time) {
    if (auto set = set_clock(fd, time); !set) return set;
    struct stat status{};
    if (::fstat(fd, &status) != 0) return system_error("fstat");
    const auto kept = seconds(status.st_mtim.tv_sec) - floor<seconds>(time.time_since_epoch());
    // Some file systems count in steps of two seconds.
    if (kept > seconds(2) || kept < seconds(-2)) return no_such_time();
    // The file system clamps times to the first or the last second that 32 bits can hold. Those have no fractions, so
    // all contents would have one entity tag.
    const bool at_the_end = status.st_mtim.tv_sec == std::numeric_limits<std::int32_t>::min() ||
                            status.st_mtim.tv_sec == std::numeric_limits<std::int32_t>::max();
    if (at_the_end && status.st_mtim.tv_nsec == 0) return no_such_time();
    return {};
}

}  // namespace davit::fs
