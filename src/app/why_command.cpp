#include "why_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "davit/app/explain.hpp"
#include "davit/app/units.hpp"
#include "davit/core/printable.hpp"
#include "davit/headers/scanner.hpp"
#include "table.hpp"

namespace davit::app {
namespace {

/// A minimal valid body for the method.
constexpr std::string_view rehearsed_lock =
    "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
    "</D:lockinfo>";
constexpr std::string_view rehearsed_proppatch =
    "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><why xmlns=\"urn:davit:why\"/></D:prop></D:set>"
    "</D:propertyupdate>";

std::string_view body_of(const WhyArguments& arguments) {
    if (arguments.with_size) return {};
    if (arguments.method == "LOCK") return rehearsed_lock;
    return arguments.method == "PROPPATCH" ? rehearsed_proppatch : std::string_view();
}

/// A person types the path as it reads. Bytes that a URL cannot contain are encoded; existing escapes stay.
std::string as_target(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view encoded = " \"<>\\^`{|}#?";
    const bool whole = path.starts_with('/') || path == "*" || path.contains("://");
    std::string target = whole ? "" : "/";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte < 0x7f && !encoded.contains(c)) {
            target += c;
            continue;
        }
        target += '%';
        target += digits[byte >> 4U];
        target += digits[byte & 15U];
    }
    return target;
}

bool is_line(const std::string& text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_method(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// The request that a client would send, without the bytes of an upload.
std::string request_of(const WhyArguments& arguments) {
    auto text = arguments.method + " " + as_target(arguments.path) + " HTTP/1.1\r\n";
    if (!arguments.destination.empty()) text += "Destination: " + as_target(arguments.destination) + "\r\n";
    for (const auto& header : arguments.headers) text += header + "\r\n";
    const auto body = body_of(arguments);
    const auto size = arguments.with_size ? arguments.size : body.size();
    if (size > 0 || arguments.method == "PUT" || arguments.method == "PATCH")
        text += "Content-Length: " + std::to_string(size) + "\r\n";
    if (!body.empty()) text += "Content-Type: application/xml\r\n";
    return (text += "\r\n") += body;
}

std::string_view header_name(std::string_view header) {
    return headers::trim(header.substr(0, header.find(':')));
}

/// Only --size gives the length of a body. A field with the length has the same effect.
std::optional<std::string> take_length(WhyArguments& arguments) {
    for (auto at = arguments.headers.begin(); at != arguments.headers.end();) {
        if (headers::iequals(header_name(*at), "Transfer-Encoding"))
            return "--header " + *at + ": no body is sent; say --size with the bytes that it would have";
        if (!headers::iequals(header_name(*at), "Content-Length")) {
            ++at;
            continue;
        }
        const auto value = std::string(headers::trim(std::string_view(*at).substr(at->find(':') + 1)));
        if (arguments.with_size) return "--header " + *at + ": the length of the body is said already";
        const auto size = parse_whole_number(value);
        if (!size) return "--header " + *at + ": " + value + " is no number of bytes";
        arguments.size = *size;
        arguments.with_size = true;
        at = arguments.headers.erase(at);
    }
    return std::nullopt;
}

std::optional<std::string> mistake_in(const WhyArguments& arguments) {
    if (!is_method(arguments.method)) return arguments.method + " is no method, such as PUT";
    if (!is_line(arguments.user)) return "the user's name is no line of text";
    for (const auto& header : arguments.headers)
        if (!is_line(header) || header.find(':') == header.npos || header.starts_with(':'))
            return "--header " + header + ": expected a line such as \"If-Match: *\"";
    return std::nullopt;
}

/// The line of one gate: the check and its result.
std::vector<std::string> row_of(const boost::json::object& gate) {
    const auto state = text_at(gate, "state");
    const auto* mark = state == "passed" ? "ok" : state == "failed" ? "FAILS" : "-";
    return {mark, text_at(gate, "gate"), text_at(gate, "asks")};
}

void print_outcome(const WhyArguments& arguments, const boost::json::object& facts) {
    const auto* login = facts.if_contains("login");
    if (login && login->is_bool() && !login->get_bool())
        std::puts("No login is configured: every request is anonymous, and USER does not matter.\n");
    std::vector<std::vector<std::string>> rows{{"STATE", "GATE", "REQUIREMENT"}};
    if (const auto* gates = facts.if_contains("gates"); gates && gates->is_array())
        for (const auto& each : gates->get_array())
            if (each.is_object()) rows.push_back(row_of(each.get_object()));
    std::fputs(as_table(rows).c_str(), stdout);
    if (facts.contains("new-home")) std::puts("\nThe user's home does not exist; the first request makes it.");
    const auto status = std::to_string(facts.at("status").to_number<unsigned>());
    const auto what = arguments.method + " " + arguments.path;
    const auto* failure = facts.if_contains("failure");
    if (!failure) {
        std::printf("\n%s would be answered %s.\n", printable(what).c_str(), status.c_str());
        return;
    }
    std::printf("\n%s would be answered %s. The first thing that fails is \"%s\":\n\n", printable(what).c_str(),
                status.c_str(), printable(text_at(facts, "failed")).c_str());
    if (const auto explanation = explain_body(boost::json::serialize(*failure)))
        std::fputs(as_text(*explanation).c_str(), stdout);
}

}  // namespace

void add_why(CLI::App& app, WhyArguments& arguments) {
    auto* why = app.add_subcommand(
        "why", "Ask a running daemon what would become of a request, and what would fail first; nothing is changed");
    why->add_option("user", arguments.user, "The user of the request; - for an anonymous one")->required();
    why->add_option("method", arguments.method, "PUT, DELETE, MOVE ...")->required();
    why->add_option("path", arguments.path, "The path as in the URL, base path included")->required();
    why->add_option("destination", arguments.destination, "Of COPY and MOVE");
    why->add_option("--header", arguments.headers, "A line such as \"If-Match: *\"; may be repeated")
        ->allow_extra_args(false);
    why->add_option_function<std::uint64_t>(
           "--size",
           [&arguments](std::uint64_t bytes) {
               arguments.size = bytes;
               arguments.with_size = true;
           },
           "Bytes that the body would have")
        ->check([](const std::string& text) { return wrong_number(text, "a number of bytes"); });
    why->add_option("--dir", arguments.control.dir, "The folder the daemon serves; default: this one");
    why->add_option("--control", arguments.control.socket,
                    "Its control socket, when that is elsewhere (server.control_socket)");
    why->add_flag("--json", arguments.json, "For programs");
}

int why_command(const WhyArguments& given) {
    auto arguments = given;
    if (const auto mistake = mistake_in(arguments)) return refused(*mistake);
    if (const auto mistake = take_length(arguments)) return refused(*mistake);
    http::ControlRequest request{"POST", "/why", {}, request_of(arguments)};
    if (arguments.user != "-") request.fields.emplace_back("Why-User", arguments.user);
    const auto answer = ask(arguments.control, request);
    if (!answer) return refused(answer.error());
    if (!answer->is_object()) return refused("the daemon's answer is not understood");
    const auto& facts = answer->get_object();
    if (arguments.json)
        print_json(*answer);
    else
        print_outcome(arguments, facts);
    return facts.contains("failure") ? 1 : 0;
}

}  // namespace davit::app
