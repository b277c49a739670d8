#pragma once
// The URLs under which clients know this server, and how they map to resources (docs/behind-nginx.md, rows 1 to 3).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/written_path.hpp"

namespace davit::headers {

struct PublicAddress {
    std::string base_path;                 ///< "" or "/dav": the prefix of every public URL
    bool stripped = false;                 ///< a proxy removes the prefix from request targets, and from nothing else
    std::vector<std::string> authorities;  ///< "host" or "host:port" besides the request's own Host; empty: any
    std::string kept = {};                 ///< with `stripped`: the end of base_path that the proxy leaves on targets
};

/// Maps the Request-URI to a resource: origin-form or absolute-form, without its query. The target must begin with the
/// base path, or with `kept` if `address.stripped`, so that /dav below /dav is a name like any other (row 3). bad_path
/// for hostile paths; not_found for a target outside the base path.
Result<ResourcePath> parse_request_target(std::string_view target, const PublicAddress& address);

/// Maps a target to a collection between "/" and the base path, without the base path itself. Clients query these on
/// their way down. Returns nothing for any other target.
std::optional<ResourcePath> above_base(std::string_view target, const PublicAddress& address);

/// Maps a URL in a header (Destination, a tag of If) to a resource: an absolute http or https URI, or a path. Only the
/// path counts: scheme and port are not compared, and a user name before the host is skipped. When
/// `address.authorities` names any, the host must be one of them or that of `request_host` (a Host value); otherwise
/// foreign_destination. Collapses leading slashes (row 2). Accepts the path with and without the base path, or without
/// what remains of it.
Result<ResourcePath> parse_reference(std::string_view url, const PublicAddress& address, std::string_view request_host);

/// True when the URL's path is the base path or below it.
bool has_base_path(std::string_view url, const PublicAddress& address);

/// True for "" and for a path that is a valid prefix of every URL. Clients may encode it differently; when their form
/// is unknown, responses use this one.
bool is_base_path(std::string_view path);

/// True when both encode the same path.
bool is_same_path(std::string_view a, std::string_view b);

/// The path of a request target as the client wrote it, after the public prefix. Returns nothing for "*" and for an
/// invalid URL. The part that a proxy removed is written as the proxy, or the configuration, gives it.
std::optional<WrittenPath> written_target(std::string_view target, const PublicAddress& address);

/// The same for a Destination.
struct WrittenReference {
    std::string origin;  ///< "https://host:port" as the client wrote it, without a user name; "" for a path alone
    WrittenPath path;
};
std::optional<WrittenReference> written_reference(std::string_view url, const PublicAddress& address);

/// True when the URL's path ends as only a collection's path does: in a slash or a dot segment.
bool names_collection(std::string_view url);

/// "https://dav.example.com:8443/files", as in server.public_urls. Parsing returns nothing for other text.
struct PublicUrl {
    std::string authority;
    std::string path;  ///< "" or "/files"
    bool operator==(const PublicUrl&) const = default;
};
std::optional<PublicUrl> parse_public_url(std::string_view url);

}  // namespace davit::headers
