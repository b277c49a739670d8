#pragma once
// Facts about the process for the management listener.
#include <cstdint>
#include <functional>
#include <string>

namespace davit::http {

struct Readiness {
    bool ready = true;
    std::string details{};  ///< lines for a person
};

/// Event loops call these functions; none may block.
struct Vitals {
    std::function<Readiness()> readiness{};           ///< none: always ready
    std::function<std::uint64_t()> lost_log_lines{};  ///< since the start
};

}  // namespace davit::http
