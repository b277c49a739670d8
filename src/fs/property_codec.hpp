#pragma once
// The bytes of a property set (docs/property-store.md has the format).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "davit/core/property.hpp"

namespace davit::fs {

std::string encode(const PropertySet& set);
/// Nothing when the bytes are damaged or of a version this program does not know.
std::optional<PropertySet> decode(std::string_view bytes);

/// Is this property sent with a GET? A large set has a copy of these beside the pointer to its record.
bool is_sent_with_get(const PropertyName& name);
PropertySet sent_with_get(const PropertySet& set);
/// sent_with_get(), and the creation date, which a PUT passes on.
PropertySet kept_beside_pointer(const PropertySet& set);

/// A set that is kept in a record under the state folder instead.
struct RecordPointer {
    std::string id;                           ///< hexadecimal file name
    std::uint64_t owner = 0;                  ///< inode for which the pointer was written; 0: not known
    std::optional<PropertySet> for_get = {};  ///< kept_beside_pointer(); nothing: not known
};
std::string encode(const RecordPointer& pointer);
std::optional<RecordPointer> decode_pointer(std::string_view bytes);
/// False only when the set certainly holds no checksums: of a record nothing is known.
bool may_hold_checksums(std::string_view bytes);
/// True only when the set certainly holds a creation date.
bool is_known_to_hold_creation_date(std::string_view bytes);
/// False only when it certainly holds none.
bool may_hold_creation_date(std::string_view bytes);

/// CRC-32 of anything, for comparing values.
std::uint32_t digest(std::string_view bytes);

}  // namespace davit::fs
