#pragma once
// Dead properties: names, values kept as XML, and ordered updates (RFC 4918, 4 and 9.2).
#include <string>
#include <variant>
#include <vector>

#include "davit/core/property_name.hpp"

namespace davit {

/// A stored property. `xml` is the whole property element, self-contained: every prefix it uses is declared in it and
/// the xml:lang in scope stands on it, so it can be copied into any document byte for byte (RFC 4918, 4.3, 4.4).
struct Property {
    PropertyName name;
    std::string xml;

    friend bool operator==(const Property&, const Property&) = default;
};

/// All dead properties of one resource, sorted by name. Cheap to copy: staging an update is copying the set.
class PropertySet {
public:
    const Property* find(const PropertyName& name) const;
    void set(Property property);            ///< replaces one of the same name
    bool remove(const PropertyName& name);  ///< false when there was none; that is no error (RFC 4918, 14.23)
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
    bool names_collection = false;  ///< DAV:collection is among them: what a DAV:resourcetype must say (RFC 5689, 3.3)
};
struct RemoveProperty {
    PropertyName name;
};
using PropertyInstruction = std::variant<SetProperty, RemoveProperty>;
const PropertyName& subject(const PropertyInstruction& instruction);

/// PROPPATCH's body; document order is the type (RFC 4918, 9.2: instructions are processed in document order).
using PropertyUpdate = std::vector<PropertyInstruction>;

}  // namespace davit
