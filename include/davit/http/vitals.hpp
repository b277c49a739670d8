#pragma once
// What management tells about the process, beside what the server itself knows.
#include <cstdint>
#include <functional>
#include <string>

namespace davit::http {

struct Readiness {
    bool ready = true;
    std::string details{};  ///< lines for a person
};

/// Called from event loops: none of them may wait.
struct Vitals {
    std::function<Readiness()> readiness{};           ///< none: always ready
    std::function<std::uint64_t()> lost_log_lines{};  ///< since the start
};

}  // namespace davit::http
