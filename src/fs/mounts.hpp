#pragma once
// Which file systems are mounted where, as the kernel tells this process.
#include <optional>
#include <string>

#include "unique_fd.hpp"

namespace davit::fs {

/// Stays usable when the process is confined after it was made: /proc is opened once.
class Mounts {
public:
    Mounts();
    /// The path, relative to the open `folder`'s entry `name`, of something that is mounted below that entry. Nothing
    /// when there is no such mount, or when the kernel does not tell (no /proc).
    std::optional<std::string> first_below(int folder, const std::string& name) const;

private:
    UniqueFd table_;
};

}  // namespace davit::fs
