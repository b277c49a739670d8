#include "room.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "davit/core/amounts.hpp"
#include "errors.hpp"

namespace davit::fs {

std::unexpected<Failure> not_fitting(Failure failure, int file, std::uint64_t needed) {
    if (failure.code != FailureCode::no_space) return std::unexpected(std::move(failure));
    struct statvfs room{};
    if (::ftruncate(file, 0) != 0 || ::fstatvfs(file, &room) != 0) return std::unexpected(std::move(failure));
    const std::uint64_t available = room.f_bavail * room.f_frsize;
    failure.facts.room = Room{needed, available};
    failure.sentence = "The disk is full: " + size_text(needed) + (needed == 1 ? " is" : " are") + " needed, " +
                       size_text(available) + (available == 1 ? " is" : " are") + " there.";
    return std::unexpected(std::move(failure));
}

namespace {

constexpr std::uint64_t smallest_step = 1U << 20U;
constexpr std::uint64_t largest_step = 16U << 20U;
constexpr std::uint64_t share = 4;  ///< a quarter of the free space is for bytes that have not arrived

/// The bytes that this process may still write. The file system keeps some for root.
std::uint64_t writable(const struct statvfs& room) {
    return (::geteuid() == 0 ? room.f_bfree : room.f_bavail) * room.f_frsize;
}

}  // namespace

Result<void> Reservation::announce(int file, std::uint64_t size, std::uint64_t held) {
    announced_ = size;
    if (size <= held) return {};
    if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return system_error("fallocate", EFBIG);
    struct statvfs room{};
    if (::fstatvfs(file, &room) != 0) return system_error("fstatvfs");
    if (room.f_blocks == 0) return {};  // the file system does not know its size
    if (writable(room) >= size - held) return {};
    return not_fitting(system_failure("fstatvfs", ENOSPC), file, size);
}

bool Reservation::is_within_share(int file, std::uint64_t more) const {
    struct statvfs room{};
    if (::fstatvfs(file, &room) != 0 || room.f_blocks == 0) return false;
    const auto ahead = total_.load(std::memory_order_relaxed);
    return ahead + more <= (writable(room) + ahead) / share;
}

void Reservation::extend(int file, std::uint64_t end) {
    if (!possible_ || end <= reserved_ || end >= announced_) return;
    const auto step = std::clamp(end, smallest_step, largest_step);
    const auto wanted = end + std::min(step, announced_ - end);
    const auto begin = std::exchange(reserved_, end);
    if (!is_within_share(file, wanted - end)) return;
    if (::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin), static_cast<off_t>(wanted - begin)) == 0) {
        reserved_ = wanted;
        set_ahead(wanted - end);
    } else {
        possible_ = errno != EOPNOTSUPP && errno != ENOSYS;
    }
}

void Reservation::set_ahead(std::uint64_t bytes) {
    if (bytes > ahead_) total_.fetch_add(bytes - ahead_, std::memory_order_relaxed);
    if (bytes < ahead_) total_.fetch_sub(ahead_ - bytes, std::memory_order_relaxed);
    ahead_ = bytes;
}

}  // namespace davit::fs
