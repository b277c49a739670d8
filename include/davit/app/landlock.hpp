#pragma once
// Confining the process to the part of the file system it serves, by landlock(7).
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "davit/app/configuration.hpp"

namespace davit::app {

/// What is allowed below a path.
enum class Reach : std::uint8_t {
    read,     ///< files and folders are read
    tree,     ///< everything but running programs and talking to devices
    logs,     ///< files are made and written
    sockets,  ///< sockets are made, and files removed
};
struct Allowance {
    std::filesystem::path path;  ///< one that does not exist allows nothing
    Reach reach = Reach::read;
    bool operator==(const Allowance&) const = default;
};

/// All a server needs once its folder and its log are open: to serve, to reopen its log, to read its configuration
/// again, to make its sockets and to take them away. `control_socket` is the path chosen, or "".
std::vector<Allowance> needed_reach(const Configuration& configuration, const std::string& control_socket);

/// Confines the calling thread, and all threads it starts from now on, for good: so call it before there are others.
/// Returns the version of the kernel's landlock; the error says why the process is not confined.
std::expected<int, std::string> confine(const std::vector<Allowance>& allowances);

}  // namespace davit::app
