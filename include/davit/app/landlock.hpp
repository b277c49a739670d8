#pragma once
// Confines the process to the part of the file system that it serves, by landlock(7).
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "davit/app/configuration.hpp"

namespace davit::app {

/// The operations that are allowed below a path.
enum class Reach : std::uint8_t {
    read,     ///< read files and directories
    tree,     ///< everything but running programs and device access
    logs,     ///< create and write files
    sockets,  ///< create sockets, remove files
};
struct Allowance {
    std::filesystem::path path;  ///< a path that does not exist allows nothing
    Reach reach = Reach::read;
    bool operator==(const Allowance&) const = default;
};

/// The allowances that a server needs after it has opened its directory and its log: to serve, to reopen its log, to
/// reread its configuration, to create and remove its sockets. `control_socket` is the chosen path, or "".
std::vector<Allowance> needed_reach(const Configuration& configuration, const std::string& control_socket);

/// Confines the calling thread, and all threads that it starts from now on, permanently. Call it before the process has
/// other threads. Returns the version of the kernel's landlock. The error says why the process is not confined.
std::expected<int, std::string> confine(const std::vector<Allowance>& allowances);

}  // namespace davit::app
