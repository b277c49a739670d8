#pragma once
// The bytes of a property set (docs/property-store.md has the format).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "davit/core/property.hpp"

namespace davit::fs {

std::string encode(const PropertySet& set);
/// Returns nothing when the bytes are damaged or of an unknown version.
std::optional<PropertySet> decode(std::string_view bytes);

/// True when a GET sends this property. A large set has a copy of these beside the pointer to its record.
bool is_sent_with_get(const PropertyName& name);
PropertySet sent_with_get(const PropertySet& set);
/// sent_with_get() and the creation date, which a PUT passes on.
PropertySet kept_beside_pointer(const PropertySet& set);

/// A set that is stored in a record under the state directory.
struct RecordPointer {
    std::string id;                           ///< hexadecimal file name
    std::uint64_t owner = 0;                  ///< the inode for which the pointer was written; 0: unknown
    std::optional<PropertySet> for_get = {};  ///< kept_beside_pointer(); nothing: unknown
};
std::string encode(const RecordPointer& pointer);
std::optional<RecordPointer> decode_pointer(std::string_view bytes);
/// False only when the set certainly contains no checksums. A record is not read for this.
bool may_hold_checksums(std::string_view bytes);
/// True only when the set certainly holds a creation date.
bool is_known_to_hold_creation_date(std::string_view bytes);
/// False only when the set certainly contains none.
bool may_hold_creation_date(std::string_view bytes);

/// CRC-32, to compare values.
std::uint32_t digest(std::string_view bytes);

}  // namespace davit::fs
