#pragma once
// Writes an element of a body as text that is valid in any document (RFC 4918, 4.3).
#include <optional>
#include <pugixml.hpp>
#include <string>

#include "scope.hpp"

namespace davit::xml {

/// `scope` has entered `top` and remains unchanged. Returns nothing when the text would exceed `content_bytes` between
/// the element's tags.
std::optional<std::string> write_self_contained(pugi::xml_node top, Scope& scope, std::size_t content_bytes);

/// Adds the declarations and the xml:lang of `node` to the scope, which must have entered it.
void declare_all(pugi::xml_node node, Scope& scope);

}  // namespace davit::xml
