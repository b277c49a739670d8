#include "secrets.hpp"

#include <algorithm>

#include "davit/headers/scanner.hpp"

namespace davit::http {
namespace {

constexpr std::string_view shown_fields[] = {
    // HTTP, and what browsers add.
    "accept", "accept-charset", "accept-encoding", "accept-language", "accept-patch", "accept-ranges",
    "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
    "access-control-allow-origin", "access-control-expose-headers", "access-control-max-age",
    "access-control-request-headers", "access-control-request-method", "age", "allow", "alt-svc", "cache-control",
    "connection", "content-digest", "content-disposition", "content-encoding", "content-language", "content-length",
    "content-location", "content-md5", "content-range", "content-security-policy", "content-type",
    "cross-origin-resource-policy", "date", "digest", "dnt", "etag", "expect", "expires", "host", "if-match",
    "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "last-modified", "link",
    "location", "max-forwards", "origin", "pragma", "prefer", "preference-applied", "priority", "proxy-connection",
    "range", "referer", "referrer-policy", "repr-digest", "retry-after", "sec-fetch-dest", "sec-fetch-mode",
    "sec-fetch-site", "sec-fetch-user", "server", "server-timing", "strict-transport-security", "te", "trailer",
    "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent", "vary", "via", "want-content-digest",
    "want-digest", "want-repr-digest", "warning", "x-content-type-options", "x-frame-options", "x-requested-with",
    // WebDAV. Lock tokens are no secret: lockdiscovery shows them to everybody.
    "dav", "depth", "destination", "if", "if-schedule-tag-match", "label", "lock-token", "ordering-type", "overwrite",
    "position", "redirect-ref", "apply-to-redirect-ref", "status-uri", "timeout",
    // Known clients, and Davit's own.
    "brief", "idempotency-key", "idempotency-replayed", "ms-author-via", "oc-autorename", "oc-checksum", "oc-chunked",
    "oc-fileid", "oc-total-length", "translate", "x-dav-error-code", "x-expected-entity-length", "x-litmus",
    "x-litmus-second", "x-oc-ctime", "x-oc-mtime", "x-request-id", "x-update-range",
    // Proxies.
    "forwarded", "traceparent", "tracestate", "x-accel-redirect", "x-forwarded-for", "x-forwarded-host",
    "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto", "x-forwarded-server", "x-original-url", "x-real-ip"};

constexpr std::string_view ends_of_url = "/?#";
constexpr std::string_view ends_in_text = "/?#<>\"";

bool is_in_scheme(char c) {
    const char l = headers::lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// A password with a '/' of its own ends the authority where no port could.
bool ends_too_early(std::string_view authority) {
    const auto colon = authority.rfind(':');
    return !authority.starts_with('[') && colon != authority.npos &&
           authority.find_first_not_of("0123456789", colon + 1) != authority.npos;
}

/// Where user information that begins at `begin` ends, which is its '@'; `begin` when there is none.
std::size_t end_of_user(std::string_view text, std::size_t begin, std::string_view ends) {
    const auto end = std::min(text.find_first_of(ends, begin), text.size());
    const auto authority = text.substr(begin, end - begin);
    if (const auto at = authority.rfind('@'); at != authority.npos) return begin + at;
    if (const auto at = authority.rfind("%40"); at != authority.npos) return begin + at;
    if (!ends_too_early(authority)) return begin;
    const auto word = text.substr(0, std::min(text.find_first_of("<>\" ", begin), text.size()));
    const auto at = word.rfind('@');
    return at == word.npos || at < end ? begin : at;
}

/// Where the authority of a URL begins; nothing of a path can be user information.
std::size_t begin_of_authority(std::string_view url) {
    const auto rest = std::ranges::find_if_not(url, is_in_scheme);
    auto begin = static_cast<std::size_t>(rest - url.begin());
    const bool scheme = begin > 0 && begin < url.size() && url[begin] == ':';
    begin = scheme ? begin + 1 : 0;
    const auto slashes = std::min(url.find_first_not_of("/\\", begin), url.size());
    return !scheme && slashes == 1 ? url.size() : slashes;
}

std::string without_user_at(std::string_view text, std::size_t begin, std::string_view ends) {
    const auto at = end_of_user(text, begin, ends);
    if (at == begin) return std::string(text);
    return std::string(text.substr(0, begin)).append(removed_text).append(text.substr(at));
}

std::string without_users_after(std::string_view mark, std::string_view given, std::string_view ends) {
    std::string text(given);
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + mark.size()))
        text = without_user_at(text, at + mark.size(), ends);
    return text;
}

/// Base 64 may end in '=': what stands before it is a value then, and no name. A short name without a value is one.
bool is_padded(std::string_view parameter, std::size_t name) {
    constexpr std::size_t shortest_value = 12;
    auto rest = parameter.substr(name);
    if (rest.empty() || name < shortest_value) return false;
    while (!rest.empty())
        if (rest.starts_with('='))
            rest.remove_prefix(1);
        else if (rest.starts_with("%3D") || rest.starts_with("%3d"))
            rest.remove_prefix(3);
        else
            return false;
    return true;
}

/// "token=x" to "token=(removed)"; the sign may be encoded. What is too long for a name is taken for a value.
void append_parameter(std::string& out, std::string_view parameter) {
    constexpr std::size_t longest_name = 40;
    auto sign = parameter.find('=');
    for (const auto* encoded : {"%3D", "%3d"}) sign = std::min(sign, parameter.find(encoded));
    const auto name = parameter.substr(0, sign);
    if (name.size() > longest_name || is_padded(parameter, name.size()))
        out.append(removed_text);
    else if (sign != parameter.npos)
        out.append(name).append("=").append(removed_text);
    else
        out.append(name);
}

/// All values, whatever their names are: nobody can list what programs call a token.
std::string without_query_values(std::string_view text, std::string_view ends) {
    std::string out;
    while (!text.empty()) {
        const auto mark = std::min(text.find_first_of("?#"), text.size());
        out += text.substr(0, std::min(mark + 1, text.size()));
        text.remove_prefix(std::min(mark + 1, text.size()));
        auto query = text.substr(0, ends.empty() ? text.npos : text.find_first_of(ends));
        text.remove_prefix(query.size());
        while (!query.empty()) {
            const auto end = std::min(query.find('&'), query.size());
            append_parameter(out, query.substr(0, end));
            if (end < query.size()) out += '&';
            query.remove_prefix(std::min(end + 1, query.size()));
        }
    }
    return out;
}

}  // namespace

bool is_shown_field(std::string_view lower_name) {
    return std::ranges::find(shown_fields, lower_name) != std::end(shown_fields);
}

std::string without_secrets_of_url(std::string_view url) {
    const auto first = without_user_at(url, begin_of_authority(url), ends_of_url);
    return without_query_values(without_users_after("://", first, ends_of_url), {});
}

std::string without_users(std::string_view text) {
    return without_users_after("\\\\", without_users_after("//", text, ends_in_text), ends_in_text);
}

std::string without_secrets_of_urls(std::string_view text) {
    return without_query_values(without_users(text), "<>\"");
}

std::string logged_href(std::string_view href, std::string_view target) {
    if (!target.starts_with("//")) return std::string(href);
    const auto begin = target.find_first_not_of('/');
    const auto at = begin == target.npos ? begin : end_of_user(target, begin, ends_of_url);
    if (at == target.npos || at == begin) return std::string(href);
    const auto user = target.substr(begin, at - begin);
    const auto found = href.find(user);
    if (found == href.npos) return std::string(href);
    return std::string(href.substr(0, found)).append(removed_text).append(href.substr(found + user.size()));
}

std::string_view logged_target(std::string_view target, std::string& buffer) {
    const bool path = target.starts_with('/') && !target.starts_with("//");
    if (path && !target.contains('?') && !target.contains('#')) return target;
    return buffer = without_secrets_of_url(target);
}

}  // namespace davit::http
