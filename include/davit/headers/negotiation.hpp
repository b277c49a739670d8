#pragma once
// Content negotiation: Accept, Accept-Encoding (RFC 9110, 12.4 and 12.5).
#include <string_view>

namespace davit::headers {

/// One element of a list: "text/html;level=1;q=0.5".
struct Weighted {
    std::string_view value;  ///< without its parameters
    int weight = 1000;       ///< in thousandths; 0: not acceptable; 1000 when the weight is invalid
};
/// Removes the next element from `list` and returns it. A list as a whole is never malformed.
Weighted next_weighted(std::string_view& list);

/// RFC 9110, 12.5.3. False when the list does not mention gzip, because a client need not support it.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace davit::headers
