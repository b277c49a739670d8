#include "davit/headers/forwarded.hpp"

#include <algorithm>

#include "davit/core/network.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

constexpr std::size_t most_hops = 64;

constexpr bool is_alnum(char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9');
}

/// RFC 9110, 5.6.2.
constexpr bool is_token_char(char c) {
    return is_alnum(c) || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").contains(c));
}

std::string token(Scanner& scanner) {
    std::string text;
    while (is_token_char(scanner.peek())) {
        text += scanner.peek();
        scanner.accept(scanner.peek());
    }
    return text;
}

/// The text after the opening quote (RFC 9110, 5.6.4). Returns nothing when the closing quote is missing.
std::optional<std::string> quoted_rest(Scanner& scanner) {
    std::string text;
    while (!scanner.done()) {
        if (scanner.accept('"')) return text;
        scanner.accept('\\');
        if (scanner.done()) break;
        text += scanner.peek();
        scanner.accept(scanner.peek());
    }
    return std::nullopt;
}

std::optional<std::string> value(Scanner& scanner) {
    if (scanner.accept('"')) return quoted_rest(scanner);
    auto text = token(scanner);
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// Returns false when the parameter is repeated or malformed.
bool put(ForwardedHop& hop, std::string_view name, const std::string& text) {
    if (iequals(name, "for")) {
        auto node = parse_node(text);
        if (!node || !hop.client.empty()) return false;
        hop.client = std::move(*node);
    } else if (iequals(name, "host")) {
        if (!is_authority(text) || !hop.host.empty()) return false;
        hop.host = text;
    } else if (iequals(name, "proto")) {
        if (!hop.proto.empty()) return false;
        for (const char c : text) hop.proto += lower(c);
    }
    return true;
}

/// Pairs separated by ';', up to the comma or the end.
std::optional<ForwardedHop> hop_at(Scanner& scanner) {
    ForwardedHop hop;
    for (;;) {
        scanner.skip_space();
        const auto name = token(scanner);
        if (!name.empty()) {
            if (!scanner.accept('=')) return std::nullopt;
            const auto text = value(scanner);
            if (!text || !put(hop, name, *text)) return std::nullopt;
        }
        scanner.skip_space();
        if (scanner.accept(';')) continue;
        if (scanner.done() || scanner.peek() == ',') return hop;
        return std::nullopt;
    }
}

/// RFC 7239, 6.3: "unknown", or an underscore and a name that only its sender understands.
bool is_hidden(std::string_view text) {
    if (iequals(text, "unknown")) return true;
    return text.size() > 1 && text.size() <= 64 && text.front() == '_' &&
           std::ranges::all_of(text.substr(1), [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

/// ":" and digits, or an underscore and an obfuscated port; "" is no port.
bool is_port_or_hidden(std::string_view text) {
    if (text.empty()) return true;
    if (text.front() != ':') return false;
    text.remove_prefix(1);
    if (is_hidden(text)) return true;
    return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::string> parse_node(std::string_view text) {
    if (const auto plain = IpAddress::parse(text)) return plain->str();
    std::string_view name = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        name = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!name.contains(':')) return std::nullopt;
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (!is_port_or_hidden(port)) return std::nullopt;
    if (const auto address = IpAddress::parse(name)) return address->str();
    return is_hidden(name) ? std::optional<std::string>(name) : std::nullopt;
}

std::optional<std::vector<ForwardedHop>> parse_forwarded(std::string_view text) {
    std::vector<ForwardedHop> hops;
    Scanner scanner(text);
    while (!scanner.done()) {
        scanner.skip_space();
        if (scanner.accept(',')) continue;  // an empty element (RFC 9110, 5.6.1.2)
        if (scanner.done()) break;
        auto hop = hop_at(scanner);
        if (!hop || hops.size() == most_hops) return std::nullopt;
        hops.push_back(std::move(*hop));
    }
    return hops;
}

}  // namespace davit::headers
