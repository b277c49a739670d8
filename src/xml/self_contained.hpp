#pragma once
// An element of a body as text that can be put into any document (RFC 4918, 4.3).
#include <optional>
#include <pugixml.hpp>
#include <string>

#include "scope.hpp"

namespace davit::xml {

/// `scope` has entered `top` and is left as it was. Nothing when the text would be longer than `content_bytes` between
/// the element's tags.
std::optional<std::string> write_self_contained(pugi::xml_node top, Scope& scope, std::size_t content_bytes);

/// Adds the declarations and the xml:lang of `node` to the scope, which has entered it.
void declare_all(pugi::xml_node node, Scope& scope);

}  // namespace davit::xml
