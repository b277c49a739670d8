#pragma once
// What pugixml does not check: well-formedness (XML 1.0) and namespaces (Namespaces in XML 1.0), in one pass that keeps
// no tree, with an explicit stack, so that no body can make it recurse or allocate without bound.
#include <string>
#include <string_view>

#include "davit/core/failure.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::xml {

/// `text` is UTF-8 without byte order mark. bad_xml with what is wrong and on which line.
Result<void> check_well_formed(std::string_view text, const Limits& limits);

/// UTF-8 text of a body in UTF-8 or UTF-16 (with byte order mark). bad_xml for other or broken encodings.
Result<std::string> to_utf8(std::string_view body);

}  // namespace davit::xml
