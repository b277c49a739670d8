#pragma once
// Where a part that is uploaded belongs in its file (RFC 9110, 14.4 and 14.5; sabre's X-Update-Range).
#include <cstdint>
#include <optional>

namespace davit {

struct Part {
    enum class From : std::uint8_t { begin, end };
    From from = From::begin;
    std::uint64_t offset = 0;             ///< bytes from the beginning, or back from the end: 0 there appends
    std::optional<std::uint64_t> length;  ///< bytes, when the range says it
    std::optional<std::uint64_t> total;   ///< what the file's size is to be afterwards, when the range says it

    friend bool operator==(const Part&, const Part&) = default;
};

}  // namespace davit
