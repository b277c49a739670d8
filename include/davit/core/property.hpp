#pragma once
// Dead properties: names, values kept as XML, and ordered updates (RFC 4918, 4 and 9.2).
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "davit/core/property_name.hpp"

namespace davit {

/// A stored property. `xml` is the whole property element, self-contained: it declares every prefix that it uses and
/// carries the xml:lang in scope, so a writer can copy it into any document byte for byte (RFC 4918, 4.3, 4.4).
struct Property {
    PropertyName name;
    std::string xml;

    friend bool operator==(const Property&, const Property&) = default;
};

/// Changes to a set that are applied together. If several change one name, the last counts.
class PropertyEdits {
public:
    void set(Property property);
    void remove(const PropertyName& name) { by_name_[name].reset(); }
    bool empty() const { return by_name_.empty(); }

private:
    friend class PropertySet;
    std::map<PropertyName, std::optional<std::string>> by_name_;  ///< nothing: the property is removed
};

/// All dead properties of one resource, sorted by name.
class PropertySet {
public:
    const Property* find(const PropertyName& name) const;
    /// Applies all edits in one pass over the set, whatever their number.
    void apply(PropertyEdits edits);
    std::size_t bytes() const;    ///< of all names and values
    void set(Property property);  ///< replaces a property of the same name
    bool remove(
        const PropertyName& name);  ///< false when the property did not exist, which is no error (RFC 4918, 14.23)
    bool empty() const { return items_.empty(); }
    std::size_t size() const { return items_.size(); }
    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }
    friend bool operator==(const PropertySet&, const PropertySet&) = default;

private:
    std::vector<Property> items_;
};

struct SetProperty {
    Property property;
    std::string text;               ///< character data of the element, for live properties whose value is text
    bool has_elements = false;      ///< the value holds child elements
    bool oversized = false;         ///< the value exceeds the limit: `property.xml` is empty
    bool names_collection = false;  ///< the value contains DAV:collection, as a DAV:resourcetype must (RFC 5689, 3.3)
    bool names_others = false;      ///< the value contains something besides one empty DAV:collection, even text
};
struct RemoveProperty {
    PropertyName name;
};
/// The size of a property within the limit of its set.
inline std::size_t counted_bytes(const PropertyName& name, std::size_t value_bytes) {
    return name.ns.size() + name.local.size() + value_bytes;
}
using PropertyInstruction = std::variant<SetProperty, RemoveProperty>;
const PropertyName& subject(const PropertyInstruction& instruction);

/// The body of PROPPATCH, in document order: the server processes instructions in this order (RFC 4918, 9.2).
using PropertyUpdate = std::vector<PropertyInstruction>;

}  // namespace davit
