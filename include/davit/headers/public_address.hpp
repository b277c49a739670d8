#pragma once
// Under which URLs clients know this server, and how those map to resources (docs/behind-nginx.md, rows 1 to 3).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/written_path.hpp"

namespace davit::headers {

struct PublicAddress {
    std::string base_path;                 ///< "" or "/dav": the prefix of every public URL
    bool stripped = false;                 ///< a proxy takes the prefix off request targets, and off nothing else
    std::vector<std::string> authorities;  ///< "host" or "host:port" besides the request's own Host; empty: any
    std::string kept = {};                 ///< with `stripped`: the part of base_path, its end, that stays on targets
};

/// The Request-URI's resource: origin-form or absolute-form, query ignored. It must have the base path, unless
/// `address.stripped`: then it has `kept` only, so that /dav below /dav is a name like any other (row 3).
/// bad_path for hostile paths; not_found when it lies outside the base path.
Result<ResourcePath> parse_request_target(std::string_view target, const PublicAddress& address);

/// The collections between "/" and the base path, the latter left out: clients look there on their way down. As above,
/// with nothing for what is not one of them.
std::optional<ResourcePath> above_base(std::string_view target, const PublicAddress& address);

/// A URL inside a header (Destination, an If tag): an absolute URI with http or https, or a path. Only its path is
/// used; scheme and port are never compared, a user name before the host is skipped. When `address.authorities` names
/// any, the host must be one of them or `request_host`'s (a Host header's value), otherwise foreign_destination.
/// Leading slashes are collapsed (row 2). With and without the base path, or what is kept of it, it is the same
/// resource.
Result<ResourcePath> parse_reference(std::string_view url, const PublicAddress& address, std::string_view request_host);

/// Whether the URL's path is the base path or below it.
bool has_base_path(std::string_view url, const PublicAddress& address);

/// "" or a path that can stand before every URL. Clients may write it in any spelling; where their spelling is not
/// known, answers have this one.
bool is_base_path(std::string_view path);

/// Both are the same path, in whatever spelling.
bool is_same_path(std::string_view a, std::string_view b);

/// How the client wrote the path of a request target, with the public prefix before it; nothing for "*" and for what is
/// no URL. What a proxy took off stands there as the proxy, or the configuration, spells it.
std::optional<WrittenPath> written_target(std::string_view target, const PublicAddress& address);

/// The same of a Destination.
struct WrittenReference {
    std::string origin;  ///< "https://host:port" as the client wrote it, without a user name; "" for a path alone
    WrittenPath path;
};
std::optional<WrittenReference> written_reference(std::string_view url, const PublicAddress& address);

/// The path of a URL ends as only a collection's does: in a slash, or in a dot segment.
bool names_collection(std::string_view url);

/// "https://dav.example.com:8443/files" as server.public_urls has it. Nothing when it is no such URL.
struct PublicUrl {
    std::string authority;
    std::string path;  ///< "" or "/files"
    bool operator==(const PublicUrl&) const = default;
};
std::optional<PublicUrl> parse_public_url(std::string_view url);

}  // namespace davit::headers
