#include "room.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include "davit/core/amounts.hpp"

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

}  // namespace davit::fs
