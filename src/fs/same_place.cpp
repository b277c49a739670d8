#include "same_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "entries.hpp"

namespace davit::fs {
namespace {

bool have_equal_numbers(int one, int other) {
    struct stat a{}, b{};
    return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

UniqueFd open_again(int folder) {
    return UniqueFd(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

bool is_same_folder(int one, int other) {
    if (!have_equal_numbers(one, other)) return false;
    // flock(2) belongs to the kernel's inode, which is the same for every mount that leads to it.
    const auto first = open_again(one);
    const auto again = open_again(other);
    if (!first || !again || ::flock(first.get(), LOCK_EX | LOCK_NB) != 0) return true;  // no proof that they differ
    return ::flock(again.get(), LOCK_EX | LOCK_NB) != 0;
}

bool is_one_entry(int folder, const std::string& name, const std::string& other) {
    const auto one = entry_info(folder, name.c_str());
    const auto two = entry_info(folder, other.c_str());
    if (!one || !two || one->info.identity != two->info.identity || one->info.device != two->info.device) return false;
    Entries entries(folder);
    if (!entries) return false;
    bool has_name = false, has_other = false;
    while (const auto* found = entries.next()) {
        has_name = has_name || name == found;
        has_other = has_other || other == found;
        if (has_name && has_other) return false;
    }
    return entries.error() == 0;
}

bool lies_inside(int folder, int above, int root) {
    auto at = open_again(folder);
    while (at) {
        if (is_same_folder(at.get(), above)) return true;
        if (have_equal_numbers(at.get(), root) && is_same_folder(at.get(), root)) return false;
        UniqueFd next(::openat(at.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!next || have_equal_numbers(at.get(), next.get())) return false;
        at = std::move(next);
    }
    return false;
}

}  // namespace davit::fs
