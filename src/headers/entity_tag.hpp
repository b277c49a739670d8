#pragma once
// One entity tag within a header field.
#include <optional>

#include "davit/core/etag.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

/// Reads `W/"opaque"` or `"opaque"` at the cursor (RFC 9110, 8.8.3). The tag ends at the next DQUOTE: brackets, blanks
/// and backslashes inside are ordinary bytes.
std::optional<ETag> take_entity_tag(Scanner& in);

}  // namespace davit::headers
