#pragma once
// The bytes of a property set (docs/property-store.md has the format).
#include <optional>
#include <string>
#include <string_view>

#include "davit/core/property.hpp"

namespace davit::fs {

std::string encode(const PropertySet& set);
/// Nothing when the bytes are damaged or of a version this program does not know.
std::optional<PropertySet> decode(std::string_view bytes);

/// A set that stands in a record under the state folder instead.
struct RecordPointer {
    std::string id;  ///< hexadecimal file name
};
std::string encode(const RecordPointer& pointer);
std::optional<RecordPointer> decode_pointer(std::string_view bytes);
/// False only when the set certainly holds no checksums: of a record nothing is known.
bool may_hold_checksums(std::string_view bytes);

/// CRC-32 of anything, for comparing values.
std::uint32_t digest(std::string_view bytes);

}  // namespace davit::fs
