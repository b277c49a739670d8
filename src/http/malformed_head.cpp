#include "malformed_head.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "davit/core/printable.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::http {
namespace {

using Position = std::optional<std::size_t>;

constexpr std::size_t longest_shown = 64;

bool is_token_char(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const char low = headers::lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || marks.contains(c);
}

bool is_target_char(char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
}

bool is_value_char(char c) {
    return is_target_char(c) || headers::is_space(c);
}

template <typename Allowed>
Position first_wrong(std::string_view text, Allowed allowed) {
    const auto found = std::ranges::find_if_not(text, allowed);
    if (found == text.end()) return std::nullopt;
    return static_cast<std::size_t>(found - text.begin());
}

std::string wrong_at(std::string_view text, std::size_t at) {
    return describe_character(text[at]) + " at position " + std::to_string(at + 1);
}

/// What others speak to a port of HTTP.
std::string other_protocol(std::string_view input) {
    if (input.starts_with("\x16\x03")) return "it begins as TLS does, and this port speaks HTTP without TLS (http://)";
    if (input.starts_with("PROXY "))
        return "it is a PROXY header, and server.proxy_protocol is off or its sender is no trusted proxy";
    return {};
}

std::string wrong_request_line(std::string_view line) {
    const auto blank = line.find(' ');
    const auto method = line.substr(0, blank);
    if (const auto at = first_wrong(method, is_token_char)) return "the method has " + wrong_at(method, *at);
    if (method.empty()) return "there is no method before the first blank";
    if (blank == line.npos) return {};
    const auto rest = line.substr(blank + 1);
    if (rest.starts_with(' ')) return "two blanks follow the method, and one is expected";
    const auto target = rest.substr(0, rest.find(' '));
    if (const auto at = first_wrong(target, is_target_char)) return "the target has " + wrong_at(target, *at);
    return {};
}

std::string wrong_length(std::string_view value) {
    if (value.empty()) return "the value of Content-Length is empty";
    if (const auto at = first_wrong(value, [](char c) { return c >= '0' && c <= '9'; }))
        return "the value of Content-Length is no number: it has " + wrong_at(value, *at);
    constexpr std::size_t digits_of_64_bits = 19;
    return value.size() > digits_of_64_bits ? "the value of Content-Length is too large a number" : std::string();
}

/// What stands before the colon may be anything, a secret too, when there is no colon: then it is not shown.
std::string wrong_field(std::string_view line, std::size_t number, bool complete) {
    const auto here = "field " + std::to_string(number);
    const auto colon = line.find(':');
    if (colon == line.npos)
        return complete ? "the line of " + here + " has no colon between a name and a value" : std::string();
    const auto name = line.substr(0, colon);
    if (name.empty()) return "the line of " + here + " has no name before its colon";
    if (const auto at = first_wrong(name, is_token_char))
        return "the name of " + here + ", \"" + printable(name.substr(0, longest_shown)) + "\", has " +
               wrong_at(name, *at);
    const auto shown = std::string(name.substr(0, longest_shown));
    const auto value = headers::trim(line.substr(colon + 1));
    if (const auto at = first_wrong(value, is_value_char))
        return "the value of " + shown + " has " + wrong_at(value, *at);
    return complete && headers::iequals(name, "Content-Length") ? wrong_length(value) : std::string();
}

/// Of the lines from `input` on; the empty one ends them.
std::string wrong_fields(std::string_view input) {
    bool length = false;
    for (std::size_t number = 1; !input.empty(); ++number) {
        const auto end = input.find("\r\n");
        const auto line = input.substr(0, end);
        if (line.empty()) return {};
        if (auto wrong = wrong_field(line, number, end != input.npos); !wrong.empty()) return wrong;
        const bool again = headers::iequals(line.substr(0, line.find(':')), "Content-Length");
        if (again && length) return "Content-Length may be sent only once (RFC 9112, 6.3)";
        length = length || again;
        input.remove_prefix(end == input.npos ? input.size() : end + 2);
    }
    return {};
}

}  // namespace

std::string describe_other_protocol(std::string_view input) {
    auto other = other_protocol(input);
    return other.empty() ? other : "The request line is malformed: " + other + ".";
}

std::string describe_malformed_head(std::string_view input, bool from_start) {
    if (from_start) {
        const auto end = input.find("\r\n");
        if (auto wrong = wrong_request_line(input.substr(0, end)); !wrong.empty())
            return "The request line is malformed: " + wrong + ".";
        input.remove_prefix(end == input.npos ? input.size() : end + 2);
    }
    auto wrong = wrong_fields(input);
    return wrong.empty() ? wrong : "The request head is malformed: " + wrong + ".";
}

std::string describe_malformed_fields(std::string_view input) {
    return wrong_fields(input);
}

}  // namespace davit::http
