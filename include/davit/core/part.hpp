#pragma once
// The place of an uploaded part in its file (RFC 9110, 14.4 and 14.5; sabre's X-Update-Range).
#include <cstdint>
#include <optional>

namespace davit {

struct Part {
    enum class From : std::uint8_t { begin, end };
    From from = From::begin;
    std::uint64_t offset = 0;             ///< bytes from the beginning, or back from the end, where 0 appends
    std::optional<std::uint64_t> length;  ///< bytes, when the range states it
    std::optional<std::uint64_t> total;   ///< the size of the whole file afterwards, when the range states it

    friend bool operator==(const Part&, const Part&) = default;
};

}  // namespace davit
