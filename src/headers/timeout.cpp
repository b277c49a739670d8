#include <charconv>

#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

std::optional<std::chrono::seconds> parse_timeout(std::string_view text) {
    constexpr std::uint64_t most = 0xFFFFFFFFU;  // RFC 4918, 10.7: the largest value a client may send
    while (!text.empty()) {
        const auto type = next_element(text);
        if (iequals(type, "Infinite")) return std::chrono::seconds::max();
        if (!iequals(type.substr(0, 7), "Second-")) continue;
        const auto digits = type.substr(7);
        std::uint64_t seconds = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
        if (digits.empty() || end != digits.data() + digits.size() || error == std::errc::invalid_argument) continue;
        if (error == std::errc::result_out_of_range || seconds > most) seconds = most;
        return std::chrono::seconds(seconds);
    }
    return std::nullopt;
}

}  // namespace davit::headers
