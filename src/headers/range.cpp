// Range (RFC 9110, 14.1.1 and 14.2).
#include <algorithm>
#include <charconv>

#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

constexpr std::size_t max_ranges = 64;

/// Digits only. A number that is too large becomes the largest.
std::optional<std::uint64_t> position(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
    return error == std::errc() ? value : UINT64_MAX;
}

enum class Kind { invalid, unsatisfiable, range };

/// int-range = first-pos "-" [last-pos]; suffix-range = "-" suffix-length
Kind parse_one(std::string_view spec, std::uint64_t size, ByteRange& range) {
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) return Kind::invalid;
    const auto first = trim(spec.substr(0, dash));
    const auto last = trim(spec.substr(dash + 1));
    if (first.empty()) {
        const auto length = position(last);
        if (!length) return Kind::invalid;
        if (*length == 0 || size == 0) return Kind::unsatisfiable;
        range = {size - std::min(*length, size), size - 1};
        return Kind::range;
    }
    const auto from = position(first);
    const auto to = last.empty() ? std::optional(UINT64_MAX) : position(last);
    if (!from || !to || *to < *from) return Kind::invalid;
    if (*from >= size) return Kind::unsatisfiable;
    range = {*from, std::min(*to, size - 1)};
    return Kind::range;
}

}  // namespace

std::optional<std::vector<ByteRange>> parse_range(std::string_view text, std::uint64_t size) {
    text = trim(text);
    if (!iequals(text.substr(0, 6), "bytes=")) return std::nullopt;
    text.remove_prefix(6);
    std::vector<ByteRange> ranges;
    std::size_t specs = 0;
    while (!text.empty()) {
        const auto spec = next_element(text);
        if (spec.empty()) continue;
        if (++specs > max_ranges) return std::nullopt;
        ByteRange range;
        switch (parse_one(spec, size, range)) {
            case Kind::invalid:
                return std::nullopt;
            case Kind::unsatisfiable:
                break;
            case Kind::range:
                ranges.push_back(range);
        }
    }
    if (specs == 0) return std::nullopt;
    return ranges;
}

}  // namespace davit::headers
