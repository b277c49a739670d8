#include "davit/headers/public_address.hpp"

#include <algorithm>
#include <optional>

#include "davit/headers/forwarded.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

struct Reference {
    std::optional<std::string_view> authority;
    std::string_view path;
};

constexpr bool is_scheme_char(char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// RFC 3986, 3: scheme, authority and path apart. Nothing when it is neither an absolute URI with authority nor a path.
std::optional<Reference> split(std::string_view url) {
    url = url.substr(0, url.find('?'));
    if (url.starts_with('/')) return Reference{std::nullopt, url};
    const auto colon = url.find(':');
    if (colon == 0 || colon == std::string_view::npos || !std::ranges::all_of(url.substr(0, colon), is_scheme_char))
        return std::nullopt;
    auto rest = url.substr(colon + 1);
    if (!rest.starts_with("//")) return std::nullopt;
    rest.remove_prefix(2);
    const auto slash = rest.find('/');
    return Reference{rest.substr(0, slash), slash == std::string_view::npos ? "/" : rest.substr(slash)};
}

/// The host of an authority: no userinfo, no port.
std::string_view host_of(std::string_view authority) {
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

bool same_host(std::string_view a, std::string_view b) {
    return iequals(host_of(a), host_of(b));
}

/// What follows the base path, beginning with '/'; nothing when `path` lies outside of it.
std::optional<std::string_view> below_base(std::string_view path, std::string_view base) {
    if (base.empty()) return path;
    if (!path.starts_with(base)) return std::nullopt;
    path.remove_prefix(base.size());
    if (path.empty()) return "/";
    return path.starts_with('/') ? std::optional(path) : std::nullopt;
}

/// The same without leading slashes but one.
std::string_view collapsed(std::string_view path) {
    while (path.starts_with("//")) path.remove_prefix(1);
    return path;
}

std::string known_names(const PublicAddress& address, std::string_view request_host) {
    auto names = "\"" + std::string(request_host.substr(0, 200)) + "\"";
    for (const auto& name : address.authorities)
        if (!same_host(name, request_host)) names += " or \"" + name + "\"";
    return names;
}

/// A request target that is too long has a status of its own, 414; in a header field it is one more mistake.
Result<ResourcePath> parse_path(std::string_view path, FailureCode too_long = FailureCode::bad_path) {
    auto parsed = ResourcePath::parse(path);
    if (parsed) return std::move(*parsed);
    auto code = FailureCode::bad_path;
    if (parsed.error() == PathError::reserved) code = FailureCode::reserved_name;
    if (parsed.error() == PathError::too_long) code = too_long;
    return fail(code, std::string(explain(parsed.error())));
}

/// Without a list of names every authority is ours: behind a plain proxy_pass the request's Host is the upstream's name
/// and tells nothing about the public one (docs/behind-nginx.md, row 1).
bool is_ours(std::string_view authority, const PublicAddress& address, std::string_view request_host) {
    if (address.authorities.empty() || same_host(authority, request_host)) return true;
    return std::ranges::any_of(address.authorities, [&](const auto& known) { return same_host(authority, known); });
}

}  // namespace

Result<ResourcePath> parse_request_target(std::string_view target, const PublicAddress& address) {
    if (target == "*") return ResourcePath();
    if (target.contains('#')) return fail(FailureCode::bad_request, "A request target has no fragment.");
    const auto reference = split(target);
    if (!reference) return fail(FailureCode::bad_request, "The request target is neither a path nor an absolute URI.");
    if (reference->authority && !is_authority(*reference->authority))
        return fail(FailureCode::bad_request, "The request target's authority names no host.");
    const auto path = below_base(reference->path, address.stripped ? address.kept : address.base_path);
    if (!path)
        return fail(FailureCode::outside_base_path, "Nothing is served outside " + address.base_path +
                                                        "/; when a proxy takes this prefix off, say "
                                                        "server.base_path_stripped = true in the configuration.");
    return parse_path(*path, FailureCode::name_too_long);
}

std::optional<ResourcePath> above_base(std::string_view target, const PublicAddress& address) {
    const auto reference = split(target);
    const auto base = ResourcePath::parse(address.stripped ? address.kept : address.base_path);
    if (!reference || !base || base->is_root()) return std::nullopt;
    auto path = ResourcePath::parse(reference->path);
    if (!path || *path == *base || !path->contains(*base)) return std::nullopt;
    return std::move(*path);
}

Result<ResourcePath> parse_reference(std::string_view url, const PublicAddress& address,
                                     std::string_view request_host) {
    url = trim(url);
    if (url.find('#') != std::string_view::npos)
        return fail(FailureCode::bad_header, "a fragment has no place in this URL.");
    const auto reference = split(url);
    if (!reference) return fail(FailureCode::bad_header, "it is neither an absolute URI nor a path.");
    if (reference->authority && !is_ours(*reference->authority, address, request_host))
        return fail(FailureCode::foreign_destination,
                    "\"" + std::string(reference->authority->substr(0, 200)) + "\" is another server than " +
                        known_names(address, request_host) +
                        "; if both are this one, name it under server.public_urls or server.authorities in the "
                        "configuration.");
    const auto path = collapsed(reference->path);
    if (const auto below = below_base(path, address.base_path)) return parse_path(*below);
    return parse_path(below_base(path, address.kept).value_or(path));
}

bool has_base_path(std::string_view url, const PublicAddress& address) {
    const auto reference = split(trim(url));
    return reference && below_base(collapsed(reference->path), address.base_path);
}

bool is_base_path(std::string_view path) {
    if (path.empty()) return true;
    const auto parsed = ResourcePath::parse(path);
    return parse_x_forwarded_prefix(path) == path && parsed && parsed->href() == path;
}

std::optional<PublicUrl> parse_public_url(std::string_view url) {
    const bool web = iequals(url.substr(0, 7), "http://") || iequals(url.substr(0, 8), "https://");
    const auto reference = web && !url.contains('?') && !url.contains('#') ? split(url) : std::nullopt;
    if (!reference || !is_authority(*reference->authority)) return std::nullopt;
    auto path = reference->path;
    while (path.ends_with('/')) path.remove_suffix(1);
    if (!is_base_path(path)) return std::nullopt;
    return PublicUrl{std::string(*reference->authority), std::string(path)};
}

std::string public_href(const PublicAddress& address, const ResourcePath& path, bool collection) {
    std::string href = address.base_path;
    path.append_href(href, collection);
    return href;
}

}  // namespace davit::headers
