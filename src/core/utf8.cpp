#include "davit/core/utf8.hpp"

namespace davit {

std::string as_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        if (decode_utf8(text, at)) {
            out += text.substr(start, at - start);
        } else {
            out += "\xEF\xBF\xBD";
            ++at;
        }
    }
    return out;
}

}  // namespace davit
