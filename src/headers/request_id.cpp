#include <algorithm>

#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

bool is_request_id(std::string_view text) {
    const auto allowed = [](char c) {
        const char l = lower(c);
        return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || std::string_view("._~:/+=@-").contains(c);
    };
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, allowed);
}

}  // namespace davit::headers
