#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

Result<LockToken> parse_lock_token(std::string_view text) {
    text = trim(text);
    if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
    if (text.empty() || text.find_first_of("<> \t\"") != std::string_view::npos ||
        text.find(':') == std::string_view::npos)
        return fail(FailureCode::bad_header,
                    "Lock-Token: it must be one token URI in angle brackets (RFC 4918, 10.5).");
    return LockToken(text);
}

}  // namespace davit::headers
