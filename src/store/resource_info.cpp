#include "davit/store/resource_info.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

namespace davit::store {
namespace {

constexpr auto byte_digits = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> all;
    for (std::size_t byte = 0; byte < all.size(); ++byte) all[byte] = {digits[byte / 16], digits[byte % 16]};
    return all;
}();

/// Writes `number` without leading zeros to `out` and returns the end.
char* put_hex(char* out, std::uint64_t number) {
    auto digits = number == 0 ? 1 : (static_cast<int>(std::bit_width(number)) + 3) / 4;
    auto* const end = out + digits;
    auto* at = end;
    for (; digits >= 2; digits -= 2, number >>= 8) std::memcpy(at -= 2, byte_digits[number & 255U].data(), 2);
    if (digits == 1) *--at = byte_digits[number & 15U][1];
    return end;
}

}  // namespace

OpaqueTag::OpaqueTag(const ResourceInfo& info) {
    auto* end = put_hex(text_.data(), info.identity);
    *end++ = '-';
    end = put_hex(end, info.size);
    *end++ = '-';
    end = put_hex(end, static_cast<std::uint64_t>(info.modified.time_since_epoch().count()));
    size_ = static_cast<std::size_t>(end - text_.data());
}

ETag entity_tag(const ResourceInfo& info) {
    return {std::string(OpaqueTag(info).str()), false};
}

void append_entity_tag(std::string& out, const ResourceInfo& info) {
    out += '"';
    out += OpaqueTag(info).str();
    out += '"';
}

}  // namespace davit::store
