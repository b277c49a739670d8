#include <algorithm>

#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

Result<LockToken> parse_lock_token(std::string_view text) {
    text = trim(text);
    if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
    const auto never = [](char c) { return c == '<' || c == '>' || c == ' ' || c == '\t' || c == '"'; };
    if (text.find(':') == std::string_view::npos || std::ranges::any_of(text, never))
        return fail(FailureCode::bad_header,
                    "Lock-Token: it must be one token URI in angle brackets (RFC 4918, 10.5).");
    return LockToken(text);
}

}  // namespace davit::headers
