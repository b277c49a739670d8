#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

Result<bool> parse_overwrite(std::string_view text) {
    text = trim(text);
    if (iequals(text, "T")) return true;
    if (iequals(text, "F")) return false;
    return fail(FailureCode::bad_header, "Overwrite: only T and F are allowed (RFC 4918, 10.6).");
}

}  // namespace davit::headers
