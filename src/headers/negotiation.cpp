#include "davit/headers/negotiation.hpp"

#include <charconv>
#include <optional>

#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

/// The weight in parameters like "level=1;q=0.5".
int weight_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto semicolon = parameters.find(';');
        const auto parameter = trim(parameters.substr(0, semicolon));
        parameters = semicolon == std::string_view::npos ? std::string_view() : parameters.substr(semicolon + 1);
        if (parameter.size() < 3 || !iequals(parameter.substr(0, 2), "q=")) continue;
        double weight = 1.0;
        const auto [end, error] = std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
        const bool sound = error == std::errc() && weight >= 0.0 && weight <= 1.0;
        return sound ? static_cast<int>(weight * 1000) : 1000;
    }
    return 1000;
}

}  // namespace

Weighted next_weighted(std::string_view& list) {
    const auto element = next_element(list);
    const auto semicolon = element.find(';');
    if (semicolon == std::string_view::npos) return {element};
    return {trim(element.substr(0, semicolon)), weight_of(element.substr(semicolon + 1))};
}

bool accepts_gzip(std::string_view accept_encoding) {
    std::optional<bool> named, any;
    while (!accept_encoding.empty()) {
        const auto [coding, weight] = next_weighted(accept_encoding);
        // RFC 9110, 8.4.1.3: "x-gzip" means the same.
        if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) named = named.value_or(false) || weight > 0;
        if (coding == "*") any = weight > 0;
    }
    return named.value_or(any.value_or(false));
}

}  // namespace davit::headers
