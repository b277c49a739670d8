#pragma once
// One entity tag within a header field.
#include <optional>

#include "davit/core/etag.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

/// `W/"opaque"` or `"opaque"` at this place (RFC 9110, 8.8.3). It ends at the next DQUOTE: brackets, blanks and
/// backslashes inside are ordinary bytes.
std::optional<ETag> take_entity_tag(Scanner& in);

}  // namespace davit::headers
