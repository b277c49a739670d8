#include "davit/headers/public_address.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "davit/core/path_mapping.hpp"
#include "davit/core/printable.hpp"
#include "davit/headers/authority.hpp"
#include "davit/headers/forwarded.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

constexpr std::size_t most_shown = 64;  ///< bytes of client text in a message

struct Reference {
    std::string_view scheme;
    std::optional<std::string_view> authority;
    std::string_view path;
};

constexpr bool is_scheme_char(char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// RFC 3986, 3: scheme, authority and path. Returns nothing when the text is neither an absolute URI with authority nor
/// a path.
std::optional<Reference> split(std::string_view url) {
    url = url.substr(0, url.find('?'));
    if (url.starts_with('/')) return Reference{{}, std::nullopt, url};
    const auto colon = url.find(':');
    if (colon == 0 || colon == std::string_view::npos || !std::ranges::all_of(url.substr(0, colon), is_scheme_char))
        return std::nullopt;
    auto rest = url.substr(colon + 1);
    if (!rest.starts_with("//")) return std::nullopt;
    rest.remove_prefix(2);
    const auto slash = rest.find('/');
    return Reference{url.substr(0, colon), rest.substr(0, slash),
                     slash == std::string_view::npos ? "/" : rest.substr(slash)};
}

bool is_web(std::string_view scheme) {
    constexpr std::array known{"http", "https", "dav", "davs", "webdav", "webdavs"};
    return std::ranges::any_of(known, [&](std::string_view each) { return iequals(scheme, each); });
}

/// GVfs writes the user's name into Destination. It does not identify the host.
std::string_view without_user(std::string_view authority) {
    const auto at = authority.rfind('@');
    return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

/// RFC 3986, 3.2.1, and the bytes that some clients send unencoded. Not a backslash: for a browser the host of
/// "http://localhost\@other/" is "localhost", for other clients it is "other".
bool is_user_char(char c) {
    constexpr std::string_view marks = "-._~%!$&'()*+,;=:";
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || (c & '\x80') != 0 || marks.contains(c);
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

/// Ignores ports.
bool is_same_host(std::string_view a, std::string_view b) {
    const auto one = split_authority(a);
    const auto other = split_authority(b);
    return one && other ? same_host(*one, *other) : iequals(a, b);
}

/// The rest of the path after the base path, beginning with '/', when the path begins with the very bytes of `base`.
std::optional<std::string_view> text_below(std::string_view path, std::string_view base) {
    if (base.empty()) return path;
    if (!path.starts_with(base)) return std::nullopt;
    path.remove_prefix(base.size());
    if (path.empty()) return "/";
    return path.starts_with('/') ? std::optional(path) : std::nullopt;
}

using Parsed = std::expected<ResourcePath, PathError>;

/// The path below `base`, which may be encoded differently. Returns nothing when `path` lies outside of it.
std::optional<Parsed> parse_below(std::string_view path, std::string_view base) {
    std::optional<Parsed> found;
    if (const auto below = text_below(path, base)) found = ResourcePath::parse(*below);
    if (base.empty() || (found && (*found || found->error() != PathError::climbs))) return found;
    const auto whole = ResourcePath::parse(path);
    const auto prefix = ResourcePath::parse(base);
    if (!whole || !prefix || !prefix->contains(*whole)) return found;
    return PathMapping{{}, *prefix}.to_url(*whole);
}

/// The same with all leading slashes collapsed into one.
std::string_view collapsed(std::string_view path) {
    while (path.starts_with("//")) path.remove_prefix(1);
    return path;
}

std::string known_names(const PublicAddress& address, std::string_view request_host) {
    auto names = "\"" + std::string(request_host.substr(0, 200)) + "\"";
    for (const auto& name : address.authorities)
        if (!is_same_host(name, request_host)) names += " or \"" + name + "\"";
    return names;
}

/// A request target that is too long has its own status, 414; in a header field it is an ordinary error.
Result<ResourcePath> checked(Parsed parsed, std::string_view written, FailureCode too_long = FailureCode::bad_path) {
    if (parsed) return std::move(*parsed);
    auto code = FailureCode::bad_path;
    if (parsed.error() == PathError::reserved) code = FailureCode::reserved_name;
    if (parsed.error() == PathError::too_long) code = too_long;
    return fail(code, explain(parsed.error(), written));
}

/// Without configured names every authority is this server: behind a plain proxy_pass the request's Host is the
/// upstream's name and says nothing about the public one (docs/behind-nginx.md, row 1).
bool is_ours(std::string_view authority, const PublicAddress& address, std::string_view request_host) {
    if (address.authorities.empty() || is_same_host(authority, request_host)) return true;
    return std::ranges::any_of(address.authorities, [&](const auto& known) { return is_same_host(authority, known); });
}

/// True when escapes are upper case and no byte has a needless one: all clients agree on this form (RFC 3986, 6.2.2).
bool has_clean_escapes(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (auto at = path.find('%'); at != path.npos; at = path.find('%', at + 3)) {
        const auto high = digits.find(path[at + 1]);
        const auto low = digits.find(path[at + 2]);
        if (high == digits.npos || low == digits.npos) return false;
        const auto byte = static_cast<char>(high * 16 + low);
        const char letter = lower(byte);
        if ((letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
            byte == '_' || byte == '~')
            return false;
    }
    return true;
}

/// Describes the error in a URL's scheme or host; "" when they are valid.
std::string wrong_origin(const Reference& reference) {
    if (!reference.authority) return {};
    if (!is_web(reference.scheme))
        return "begins with \"" + std::string(reference.scheme.substr(0, most_shown)) +
               ":\", and is neither an http nor an https URL";
    const auto at = reference.authority->rfind('@');
    if (at == 0) return "has an '@' and no user's name before it";
    if (at != std::string_view::npos) {
        const auto user = reference.authority->substr(0, at);
        if (const auto wrong = std::ranges::find_if_not(user, is_user_char); wrong != user.end())
            return "has " + describe_character(*wrong) + " at position " + std::to_string(wrong - user.begin() + 1) +
                   " of its user's name";
    }
    const auto host = without_user(*reference.authority);
    if (!is_authority(host)) return "has an authority that is wrong: it " + wrong_authority(host);
    return {};
}

/// Describes the error in a URL that cannot be split.
std::string wrong_form(std::string_view url) {
    if (url.empty()) return "is empty";
    const auto scheme = url.substr(0, url.find(':'));
    const bool has_scheme =
        scheme.size() < url.size() && !scheme.empty() && std::ranges::all_of(scheme, is_scheme_char);
    if (has_scheme && !is_web(scheme))
        return "begins with \"" + std::string(scheme.substr(0, most_shown)) +
               ":\", and is neither an http nor an https URL";
    if (has_scheme) return "has no \"//\" and host after \"" + std::string(scheme) + ":\"";
    return "begins with neither a slash nor a scheme such as http:// (it begins with " +
           describe_character(url.front()) + ")";
}

/// Describes the character at this position, as a person counts.
std::string wrong_character(std::string_view text, std::size_t at) {
    return describe_character(text[at]) + " at position " + std::to_string(at + 1);
}

/// The beginning of the base path, which the proxy removes.
std::string_view taken_off(const PublicAddress& address) {
    if (!address.stripped) return {};
    return std::string_view(address.base_path).substr(0, address.base_path.size() - address.kept.size());
}

}  // namespace

Result<ResourcePath> parse_request_target(std::string_view target, const PublicAddress& address) {
    if (target == "*") return ResourcePath();
    if (const auto at = target.find('#'); at != target.npos)
        return fail(FailureCode::bad_request, "The request target has " + wrong_character(target, at) +
                                                  ": a fragment is not sent, and in a name it is written %23.");
    const auto reference = split(target);
    if (!reference) return fail(FailureCode::bad_request, "The request target " + wrong_form(target) + ".");
    if (const auto wrong = wrong_origin(*reference); !wrong.empty())
        return fail(FailureCode::bad_request, "The request target " + wrong + ".");
    if (reference->authority && reference->authority->contains('@'))
        return fail(FailureCode::bad_request,
                    "The request target has a user's name before its host, and none belongs there (RFC 9110, 4.2.4).");
    auto path = parse_below(reference->path, address.stripped ? address.kept : address.base_path);
    if (!path)
        return fail(FailureCode::outside_base_path, "Nothing is served outside " + address.base_path +
                                                        "/; when a proxy takes this prefix off, say "
                                                        "server.base_path_stripped = true in the configuration.");
    return checked(std::move(*path), reference->path, FailureCode::name_too_long);
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
    if (const auto at = url.find('#'); at != url.npos)
        return fail(FailureCode::bad_header,
                    "it has " + wrong_character(url, at) +
                        ": a fragment has no place in this URL, and in a name it is written %23.");
    if (const auto wrong = std::ranges::find_if(url, is_control); wrong != url.end())
        return fail(FailureCode::bad_header, "it has " +
                                                 wrong_character(url, static_cast<std::size_t>(wrong - url.begin())) +
                                                 ": a control character has no place in this URL.");
    const auto reference = split(url);
    if (!reference) return fail(FailureCode::bad_header, "it " + wrong_form(url) + ".");
    if (const auto wrong = wrong_origin(*reference); !wrong.empty())
        return fail(FailureCode::bad_header, "it " + wrong + ".");
    if (reference->authority && !is_ours(without_user(*reference->authority), address, request_host))
        return fail(FailureCode::foreign_destination,
                    "\"" + std::string(without_user(*reference->authority).substr(0, 200)) +
                        "\" is another server than " + known_names(address, request_host) +
                        "; if both are this one, name it under server.public_urls or server.authorities in the "
                        "configuration.");
    const auto path = collapsed(reference->path);
    if (auto below = parse_below(path, address.base_path)) return checked(std::move(*below), path);
    if (auto below = parse_below(path, address.kept)) return checked(std::move(*below), path);
    return checked(ResourcePath::parse(path), path);
}

bool has_base_path(std::string_view url, const PublicAddress& address) {
    const auto reference = split(trim(url));
    return reference && parse_below(collapsed(reference->path), address.base_path);
}

bool is_base_path(std::string_view path) {
    return path.empty() || (is_path_prefix(path) && has_clean_escapes(path));
}

bool is_same_path(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto one = ResourcePath::parse(a);
    return one && one == ResourcePath::parse(b);
}

std::optional<WrittenPath> written_target(std::string_view target, const PublicAddress& address) {
    const auto reference = split(target);
    if (!reference) return std::nullopt;
    WrittenPath path(reference->path);
    path.prepend(taken_off(address));
    return path;
}

bool names_collection(std::string_view url) {
    const auto reference = split(trim(url));
    return reference && WrittenPath::names_collection(reference->path);
}

std::optional<WrittenReference> written_reference(std::string_view url, const PublicAddress& address) {
    const auto reference = split(trim(url));
    if (!reference) return std::nullopt;
    const auto text = collapsed(reference->path);
    WrittenReference written{{}, WrittenPath(text)};
    if (!parse_below(text, address.base_path)) {
        const bool has_kept = address.stripped && parse_below(text, address.kept);
        written.path.prepend(has_kept ? taken_off(address) : address.base_path);
    }
    if (reference->authority) {
        written.origin = reference->scheme;
        (written.origin += "://") += without_user(*reference->authority);
    }
    return written;
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

}  // namespace davit::headers
