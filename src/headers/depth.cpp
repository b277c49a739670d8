#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

Result<Depth> parse_depth(std::string_view text) {
    text = trim(text);
    if (text == "0") return Depth::zero;
    if (text == "1") return Depth::one;
    if (iequals(text, "infinity")) return Depth::infinity;
    return fail(FailureCode::bad_header, "Depth: only 0, 1 and infinity are allowed (RFC 4918, 10.2).");
}

}  // namespace davit::headers
