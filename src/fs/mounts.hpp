#pragma once
// The mounted file systems, as the kernel reports them to this process.
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.hpp"

namespace davit::fs {

/// Usable after the process has been confined, because it opens /proc once before.
class Mounts {
public:
    Mounts();
    /// The path, relative to entry `name` of the open `folder`, of a mount below that entry. Returns nothing when there
    /// is no such mount, or when the kernel does not tell (no /proc).
    std::optional<std::string> first_below(int folder, const std::string& name) const;

    /// Folders below the open folder `root`, relative to it, that show a part of the same file system a second time.
    struct Twice {
        std::string one;  ///< "" for `root` itself
        std::string other;
    };
    std::vector<Twice> shown_twice(int root) const;

private:
    UniqueFd table_;
};

}  // namespace davit::fs
