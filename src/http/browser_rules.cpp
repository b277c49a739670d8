#include "browser_rules.hpp"

#include <algorithm>

#include "davit/headers/scanner.hpp"

namespace davit::http {
namespace {

/// The file becomes a document of no origin, without scripts, forms and pop-ups (CSP 3, 6.3.2).
constexpr std::string_view sandbox = "Content-Security-Policy: sandbox\r\n";
/// A browser shows films, sounds and PDF in a page of its own making, which loads the file once more. A sandboxed page
/// has another origin, so browsers refuse that. Content of these types holds no markup that could run.
constexpr std::string_view player =
    "Content-Security-Policy: default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; "
    "style-src 'unsafe-inline'\r\n";
constexpr std::string_view no_guessing = "X-Content-Type-Options: nosniff\r\n";

/// No parameters, no list, and no "+xml": a browser may take another type out of those.
bool is_plain_subtype(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        const char l = headers::lower(c);
        return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

bool needs_player(std::string_view media_type) {
    if (headers::iequals(media_type, "application/pdf")) return true;
    const auto top = media_type.substr(0, 6);
    return (headers::iequals(top, "audio/") || headers::iequals(top, "video/")) &&
           is_plain_subtype(media_type.substr(6));
}

bool has_body(const Reply& reply) {
    const auto* text = std::get_if<std::string>(&reply.body);
    return text ? !text->empty() : !std::holds_alternative<std::monostate>(reply.body);
}

}  // namespace

void add_browser_rules(const Exchange& exchange, Reply& reply, std::string_view media_type) {
    reply.browser_rules = true;
    if (!exchange.options().publish_pages) reply.fields += needs_player(media_type) ? player : sandbox;
    reply.fields += no_guessing;
    add_resource_policy(exchange, reply);
}

void add_browser_rules(const Exchange& exchange, Reply& reply) {
    if (reply.browser_rules || !has_body(reply)) return;
    reply.fields += sandbox;
    reply.fields += no_guessing;
    add_resource_policy(exchange, reply);
}

void add_resource_policy(const Exchange& exchange, Reply& reply) {
    reply.browser_rules = true;
    if (exchange.options().cors.origins.empty()) reply.fields += "Cross-Origin-Resource-Policy: same-origin\r\n";
}

}  // namespace davit::http
