// Content-Range of a request (RFC 9110, 14.4) and sabre's X-Update-Range.
#include <charconv>

#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

constexpr std::uint64_t largest_file = INT64_MAX;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || text.empty() || value > largest_file)
        return std::nullopt;
    return value;
}

/// first-pos "-" last-pos; `open`: the last position is optional.
std::optional<Part> span_of(std::string_view text, bool open) {
    const auto dash = text.find('-');
    if (dash == text.npos) return std::nullopt;
    const auto first = number(text.substr(0, dash));
    const auto end = text.substr(dash + 1);
    if (!first) return std::nullopt;
    if (open && end.empty()) return Part{Part::From::begin, *first, {}, {}};
    const auto last = number(end);
    if (!last || *last < *first || *last == largest_file) return std::nullopt;
    return Part{Part::From::begin, *first, *last - *first + 1, {}};
}

}  // namespace

Result<Part> parse_update_range(std::string_view text) {
    text = trim(text);
    if (iequals(text, "append")) return Part{Part::From::end, 0, {}, {}};
    if (iequals(text.substr(0, 6), "bytes=")) {
        const auto range = trim(text.substr(6));
        if (range.starts_with('-')) {
            const auto back = number(range.substr(1));
            if (back && *back > 0) return Part{Part::From::end, *back, {}, {}};
        } else if (auto part = span_of(range, true)) {
            return *part;
        }
    }
    return fail(FailureCode::bad_header, "expected append, bytes=first-last, bytes=first- or bytes=-count.");
}

Result<Part> parse_content_range(std::string_view text) {
    text = trim(text);
    const auto malformed = [] {
        return fail(FailureCode::bad_header, "expected bytes first-last/size or bytes first-last/*.");
    };
    const auto slash = text.find('/');
    if (!iequals(text.substr(0, 6), "bytes ") || slash == text.npos) return malformed();
    auto part = span_of(trim(text.substr(6, slash - 6)), false);
    const auto size = trim(text.substr(slash + 1));
    if (!part || size == "*") return part ? Result<Part>(*part) : malformed();
    part->total = number(size);
    if (!part->total || *part->total < part->offset + *part->length) return malformed();
    return *part;
}

}  // namespace davit::headers
