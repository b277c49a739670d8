#include "davit/app/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace davit::app {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

template <std::size_t n>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, n>& units) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    for (const auto& unit : units) {
        if (unit.name != rest) continue;
        if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
        return number * unit.factor;
    }
    return std::nullopt;
}

constexpr std::array sizes{Unit{"", 1},          Unit{"B", 1},         Unit{"KiB", 1 << 10},
                           Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30}, Unit{"TiB", std::uint64_t{1} << 40}};
constexpr std::array durations{Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600}, Unit{"d", 86400}};

}  // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    return digits && error == std::errc() ? std::optional(static_cast<std::uint64_t>(number)) : std::nullopt;
}

std::string wrong_number(const std::string& text, const std::string& what) {
    if (parse_whole_number(text)) return {};
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (digits)
        return text + " is too large; the largest " + what.substr(what.find(' ') + 1) + " is 9223372036854775807";
    return "\"" + text + "\" is not " + what;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse(text, sizes);
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    constexpr std::uint64_t most = 100ULL * 365 * 86400;  // more than a hundred years is a typing error
    const auto value = parse(text, durations);
    if (!value || *value > most) return std::nullopt;
    return std::chrono::seconds(*value);
}

}  // namespace davit::app
