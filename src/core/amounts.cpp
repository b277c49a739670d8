#include "davit/core/amounts.hpp"

#include <algorithm>
#include <string_view>

namespace davit {
namespace {

std::string counted(std::uint64_t count, std::string_view unit) {
    auto text = std::to_string(count) + " ";
    text += unit;
    if (count != 1) text += 's';
    return text;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
    constexpr std::uint64_t step = 1024;
    if (bytes < step) return counted(bytes, "byte");
    std::uint64_t unit = step;
    std::string_view letter = "KMGTPE";
    while (letter.size() > 1 && bytes / step >= unit) {
        unit *= step;
        letter.remove_prefix(1);
    }
    const auto tenths = bytes % unit * 10 / unit;
    return std::to_string(bytes / unit) + "." + std::to_string(tenths) + " " + letter.front() + "iB";
}

std::string duration_text(std::chrono::seconds duration) {
    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    if (seconds < 2 * 60) return counted(seconds, "second");
    if (seconds < 2 * 3600) return counted(seconds / 60, "minute");
    if (seconds < 2 * 86400) return counted(seconds / 3600, "hour");
    return counted(seconds / 86400, "day");
}

}  // namespace davit
