#include "trace_lines.hpp"

#include <algorithm>
#include <array>

#include "davit/core/printable.hpp"
#include "davit/headers/public_address.hpp"
#include "davit/headers/scanner.hpp"
#include "secrets.hpp"

namespace davit::http {
namespace {

constexpr std::size_t longest_value = 4096;      ///< of a header field
constexpr std::size_t longest_body = 64 * 1024;  ///< of which lines are shown

std::string lower_text(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return headers::lower(c); });
    return out;
}

/// "Basic (removed)": the scheme is no secret.
std::string without_secret(std::string_view value) {
    const auto space = value.find(' ');
    constexpr std::array schemes{"basic", "digest", "bearer", "negotiate", "ntlm"};
    const auto scheme = lower_text(value.substr(0, space));
    if (space == value.npos || std::ranges::find(schemes, scheme) == schemes.end()) return std::string(removed_text);
    return std::string(value.substr(0, space + 1)) + std::string(removed_text);
}

std::string shown(std::string_view value) {
    auto text = printable(value.substr(0, longest_value));
    if (value.size() > longest_value) text += " (" + std::to_string(value.size() - longest_value) + " bytes more)";
    return text;
}

/// `total`: bytes that the whole body has.
void add_body(std::vector<std::string>& lines, std::string_view prefix, std::string_view body, std::uint64_t total) {
    if (body.empty()) return;
    lines.emplace_back(prefix);
    auto rest = body.substr(0, longest_body);
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(std::string(prefix) + " " + printable(without_users(line)));
    }
    if (total > longest_body)
        lines.push_back(std::string(prefix) + " (" + std::to_string(total - longest_body) + " bytes more)");
}

void add_bytes(std::vector<std::string>& lines, std::string_view prefix, std::uint64_t bytes) {
    if (bytes > 0) lines.push_back(std::string(prefix) + " (body of " + std::to_string(bytes) + " bytes)");
}

void add_request(std::vector<std::string>& lines, const Exchange& exchange) {
    const auto& head = exchange.head;
    lines.push_back("> " + shown(exchange.method()) + " " + shown(without_secrets_of_url(exchange.target())) +
                    (head.version() >= 11 ? " HTTP/1.1" : " HTTP/1.0"));
    for (const auto& field : head) {
        const std::string_view name(field.name_string().data(), field.name_string().size());
        lines.push_back("> " + traced_field(name, {field.value().data(), field.value().size()}));
    }
    if (!exchange.body.kept().empty())
        add_body(lines, ">", exchange.body.kept(), exchange.body.received());
    else
        add_bytes(lines, ">", exchange.body.received());
}

/// The body of a file is its owner's.
bool is_markup(std::string_view fields) {
    const auto lower = lower_text(fields);
    const auto type = lower.find("content-type:");
    if (type == lower.npos) return false;
    const auto value = std::string_view(lower).substr(type, lower.find('\r', type) - type);
    return value.find("xml") != value.npos || value.find("json") != value.npos;
}

void add_answer(std::vector<std::string>& lines, const Reply& reply, const Written& written) {
    lines.push_back("< HTTP/1.1 " + std::to_string(number(reply.status)) + " " +
                    std::string(reason_phrase(reply.status)));
    std::string_view fields = reply.fields;
    while (!fields.empty()) {
        const auto line = fields.substr(0, fields.find("\r\n"));
        fields.remove_prefix(std::min(fields.size(), line.size() + 2));
        const auto colon = std::min(line.find(':'), line.size());
        lines.push_back(
            "< " + traced_field(line.substr(0, colon), headers::trim(line.substr(std::min(colon + 1, line.size())))));
    }
    const auto* text = std::get_if<std::string>(&reply.body);
    // One that was compressed is bytes by now.
    if (text && is_markup(reply.fields) && reply.fields.find("Content-Encoding") == std::string::npos)
        add_body(lines, "<", *text, text->size());
    else
        add_bytes(lines, "<", written.bytes);
    if (!written.complete) lines.emplace_back("< (the answer did not arrive whole)");
}

/// The path of Destination, as far as one can be read.
std::optional<ResourcePath> destination_of(const Exchange& exchange) {
    auto value = exchange.field(Field::destination);
    if (const auto scheme = value.find("://"); scheme != value.npos)
        value.remove_prefix(std::min(value.find('/', scheme + 3), value.size()));
    const auto path = ResourcePath::parse(value.substr(0, value.find_first_of("?#")));
    return path ? std::optional(*path) : std::nullopt;
}

bool may_be_traced(const Exchange& exchange) {
    return exchange.options().trace.to_log || exchange.shared.trace.watched();
}

}  // namespace

std::string traced_field(std::string_view name, std::string_view value) {
    constexpr std::array urls{"destination", "referer",          "location",       "content-location", "origin",
                              "host",        "x-forwarded-host", "x-original-url", "x-accel-redirect"};
    const auto lower = lower_text(name);
    auto line = printable(name) + ": ";
    if (!is_shown_field(lower)) return line + shown(without_secret(value));
    if (lower == "forwarded" && value.contains('@')) return line + std::string(removed_text);
    const bool url = std::ranges::find(urls, lower) != urls.end();
    return line + shown(url ? without_secrets_of_url(value) : without_secrets_of_urls(value));
}

bool keeps_body(const Exchange& exchange) {
    const auto method = exchange.head.method();
    return method != beast_http::verb::put && method != beast_http::verb::patch && may_be_traced(exchange);
}

void trace(const Exchange& exchange, const Reply& reply, const Written& written) {
    if (!may_be_traced(exchange)) return;
    const auto path = exchange.mapping.to_url(exchange.asked_path());
    const auto further = destination_of(exchange);
    const TraceFilter::Request request{exchange.identity ? std::string_view(exchange.identity->name) : "",
                                       exchange.client, path, further};
    const auto& options = exchange.options().trace;
    const bool logged = options.to_log && options.filter.takes(request);
    auto& watchers = exchange.shared.trace;
    const bool watched = watchers.watched() && watchers.wants(request, exchange.where);
    if (!logged && !watched) return;
    Traced traced{exchange.request_id, {}};
    add_request(traced.lines, exchange);
    add_answer(traced.lines, reply, written);
    if (watched) watchers.add(request, exchange.where, traced);
    if (!logged) return;
    for (auto* observer : exchange.shared.observers) observer->traced(traced);
}

}  // namespace davit::http
