// Prefer (RFC 7240, RFC 8144).
#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {

Preferences parse_prefer(std::string_view text) {
    Preferences wanted;
    bool return_seen = false;
    while (!text.empty()) {
        auto preference = next_element(text);
        preference = trim(preference.substr(0, preference.find(';')));
        const auto equals = preference.find('=');
        const auto name = trim(preference.substr(0, equals));
        auto value = equals == std::string_view::npos ? std::string_view() : trim(preference.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        // RFC 7240, 2: of a repeated preference the first counts.
        if (iequals(name, "return") && !return_seen) {
            return_seen = true;
            wanted.minimal = iequals(value, "minimal");
            wanted.representation = iequals(value, "representation");
        } else if (iequals(name, "depth-noroot")) {
            wanted.depth_noroot = true;
        } else if (iequals(name, "respond-async")) {
            wanted.respond_async = true;
        }
    }
    return wanted;
}

}  // namespace davit::headers
