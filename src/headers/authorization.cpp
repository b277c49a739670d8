#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

/// A quoted-string without its quotes, or the text before the next comma.
bool take_value(Scanner& scanner, std::string& value) {
    if (!scanner.accept('"')) {
        while (!scanner.done() && scanner.peek() != ',' && !is_space(scanner.peek())) {
            value += scanner.peek();
            scanner.accept(scanner.peek());
        }
        return !value.empty();
    }
    while (!scanner.done() && !scanner.accept('"')) {
        scanner.accept('\\');
        if (scanner.done()) return false;
        value += scanner.peek();
        scanner.accept(scanner.peek());
        if (scanner.done()) return false;  // the closing quote is missing
    }
    return true;
}

bool take_parameter(Scanner& scanner, AuthorizationParameters& into) {
    std::string_view name;
    scanner.skip_space();
    if (!scanner.until('=', name) || trim(name).empty()) return false;
    scanner.skip_space();
    std::string value;
    if (!take_value(scanner, value)) return false;
    std::string key;
    for (const char c : trim(name)) key += lower(c);
    scanner.skip_space();
    return into.emplace(std::move(key), std::move(value)).second && (scanner.done() || scanner.accept(','));
}

}  // namespace

std::optional<Authorization> parse_authorization(std::string_view text) {
    text = trim(text);
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos || blank == 0) return std::nullopt;
    return Authorization{text.substr(0, blank), trim(text.substr(blank))};
}

std::optional<AuthorizationParameters> parse_authorization_parameters(std::string_view text) {
    AuthorizationParameters found;
    Scanner scanner(text);
    while (!scanner.done())
        if (!take_parameter(scanner, found)) return std::nullopt;
    return found;
}

}  // namespace davit::headers
