#include "memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace davit::app {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// The number in the file; unlimited for "max" and for a missing file.
std::uint64_t limit_in(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::uint64_t bytes = 0;
    return in >> bytes ? bytes : unlimited;
}

/// The smallest limit of `group` and the groups above it.
std::uint64_t group_limit(const std::filesystem::path& mount, std::filesystem::path group, const char* file) {
    auto least = limit_in(mount / group / file);
    while (!group.empty()) {
        group = group.parent_path();
        least = std::min(least, limit_in(mount / group / file));
    }
    return least;
}

/// A line of /proc/self/cgroup is "0::/a/b" (version 2) or "7:memory:/a/b" (version 1).
std::uint64_t control_group_limit() {
    std::ifstream groups("/proc/self/cgroup");
    auto least = unlimited;
    for (std::string line; std::getline(groups, line);) {
        const auto slash = line.find(":/");
        if (slash == std::string::npos) continue;
        const auto group = line.substr(slash + 2);
        if (line.starts_with("0::")) least = std::min(least, group_limit("/sys/fs/cgroup", group, "memory.max"));
        if (line.find(":memory:") != std::string::npos)
            least = std::min(least, group_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
    return least;
}

}  // namespace

std::uint64_t usable_memory() {
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto page = ::sysconf(_SC_PAGESIZE);
    const auto machine = pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
                                               : std::uint64_t{1} << 30;
    return std::min(machine, control_group_limit());
}

std::uint64_t default_memory_budget(std::uint64_t usable) {
    constexpr std::uint64_t mib = 1024 * 1024;
    return std::clamp(usable / 4, 4 * mib, 256 * mib);
}

void configure_allocator() {
    // glibc raises both thresholds when a large block is freed, and then keeps such blocks.
    ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

}  // namespace davit::app
