#pragma once
// What an answer may look like: Accept, Accept-Encoding (RFC 9110, 12.4 and 12.5).
#include <string_view>

namespace davit::headers {

/// One element of a list: "text/html;level=1;q=0.5".
struct Weighted {
    std::string_view value;  ///< without its parameters
    int weight = 1000;       ///< in thousandths, 0: not wanted; of a weight that is none, 1000
};
/// Takes the next off `list`; lists are never malformed as a whole.
Weighted next_weighted(std::string_view& list);

/// RFC 9110, 12.5.3. False for a list that does not speak of it: no client has to know it.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace davit::headers
