#include "davit/store/resource_info.hpp"

#include <array>
#include <charconv>

namespace davit::store {
namespace {

void append_hex(std::string& out, std::uint64_t number) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
    out.append(digits.data(), end);
}

void append_opaque(std::string& out, const ResourceInfo& info) {
    append_hex(out, info.identity);
    out += '-';
    append_hex(out, info.size);
    out += '-';
    append_hex(out, static_cast<std::uint64_t>(info.modified.time_since_epoch().count()));
}

}  // namespace

ETag entity_tag(const ResourceInfo& info) {
    ETag tag;
    append_opaque(tag.opaque, info);
    return tag;
}

void append_entity_tag(std::string& out, const ResourceInfo& info) {
    out += '"';
    append_opaque(out, info);
    out += '"';
}

}  // namespace davit::store
