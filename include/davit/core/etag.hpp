#pragma once
// Entity tags (RFC 9110, 8.8.3).
#include <string>
#include <string_view>

namespace davit {

struct ETag {
    std::string opaque;  ///< without the quotes
    bool weak = false;

    std::string str() const { return (weak ? "W/\"" : "\"") + opaque + "\""; }
    /// RFC 9110, 8.8.3.2. If-Match and the If header compare strongly, If-None-Match weakly.
    bool strong_equals(const ETag& other) const { return !weak && !other.weak && opaque == other.opaque; }
    bool weak_equals(const ETag& other) const { return opaque == other.opaque; }
    friend bool operator==(const ETag&, const ETag&) = default;
};

}  // namespace davit
