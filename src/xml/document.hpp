#pragma once
// A checked body as a tree; the only place where pugixml reads.
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "davit/core/failure.hpp"
#include "davit/core/property.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::xml {

class Document {
public:
    static Result<Document> read(std::string_view body, const Limits& limits);
    pugi::xml_node root() const { return tree_->document_element(); }

private:
    std::unique_ptr<pugi::xml_document> tree_;
};

/// The expanded name of an element, by the declarations on it and above it.
PropertyName expanded_name(pugi::xml_node element);
bool is_dav(pugi::xml_node element, std::string_view local);
/// The first DAV: child of that name; null when there is none.
pugi::xml_node dav_child(pugi::xml_node parent, std::string_view local);

/// The element as text that stands on its own: declarations and xml:lang in scope are written on it (RFC 4918, 4.3).
std::string self_contained(pugi::xml_node element);

}  // namespace davit::xml
