#pragma once
// Checks that pugixml does not make: well-formedness (XML 1.0) and namespaces (Namespaces in XML 1.0). One pass without
// a tree and with an explicit stack, so that no body can make it recurse or allocate without bound.
#include <string>
#include <string_view>

#include "davit/core/failure.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::xml {

/// `text` is UTF-8 without byte order mark. bad_xml with the fault and its line.
Result<void> check_well_formed(std::string_view text, const Limits& limits);

/// Converts a body in UTF-8 or UTF-16 (with byte order mark) to UTF-8. bad_xml for other or invalid encodings.
Result<std::string> to_utf8(std::string_view body);

}  // namespace davit::xml
