#pragma once
// Header fields of WebDAV and HTTP as values. Each grammar has its own source file under src/headers/.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/depth.hpp"
#include "davit/core/digest.hpp"
#include "davit/core/http_date.hpp"
#include "davit/core/if_header.hpp"
#include "davit/core/part.hpp"
#include "davit/headers/public_address.hpp"

namespace davit::headers {

// if.cpp: RFC 4918, 10.4.2. Caps: 64 KiB of text, 1,000 conditions. bad_header with the offset of the mistake.
Result<IfHeader> parse_if(std::string_view text, const PublicAddress& address, std::string_view request_host);

// depth.cpp: RFC 4918, 10.2: "0", "1", "infinity", case-insensitive; anything else bad_header.
Result<Depth> parse_depth(std::string_view text);
/// The Depth of a PROPFIND: [MS-WDV] adds "1,noroot" and "infinity,noroot", which leave out the requested resource.
struct PropfindDepth {
    Depth depth;
    bool noroot = false;
};
Result<PropfindDepth> parse_propfind_depth(std::string_view text);

// overwrite.cpp: RFC 4918, 10.6: "T" or "F"; anything else bad_header.
Result<bool> parse_overwrite(std::string_view text);

// timeout.cpp: RFC 4918, 10.7. Returns the first TimeType that it understands, or nothing ("Extend ..."). Infinite, and
// a number beyond 2^32-1, is max().
std::optional<std::chrono::seconds> parse_timeout(std::string_view text);

// lock_token.cpp: RFC 4918, 10.5: "<urn:...>". Accepts a token without brackets, as old Windows versions send it.
Result<LockToken> parse_lock_token(std::string_view text);

// entity_tags.cpp: RFC 9110, 13.1.1: "*" or a list. Returns nothing for other text. The caller decides: it ignores an
// invalid If-None-Match, and an invalid If-Match matches nothing, which Joplin needs.
struct EntityTags {
    bool any = false;
    std::vector<ETag> tags;
};
std::optional<EntityTags> parse_entity_tags(std::string_view text);

// RFC 9110, 5.6.7; core keeps it because live properties hold dates too.
using davit::parse_http_date;

// range.cpp: RFC 9110, 14.1.1, bytes only. Returns at most 64 absolute ranges within `size`, in the order of the
// request even if they overlap. Returns nothing for invalid syntax or another unit (the server ignores the field), and
// an empty vector when no range is satisfiable (416).
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  ///< inclusive
    std::uint64_t length() const { return last - first + 1; }
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};
std::optional<std::vector<ByteRange>> parse_range(std::string_view text, std::uint64_t size);

// prefer.cpp: RFC 7240 with RFC 8144's preferences. The caller handles "Brief: t".
struct Preferences {
    bool minimal = false;         ///< return=minimal
    bool representation = false;  ///< return=representation
    bool depth_noroot = false;    ///< RFC 8144, 3.2
    bool respond_async = false;
};
Preferences parse_prefer(std::string_view text);

// digests.cpp: RFC 9530's Content-Digest and Repr-Digest. Reads sha-256 and sha-512, each once, and ignores other
// algorithms (RFC 9530, 2). bad_header when the text is no dictionary or a value has the wrong length.
Result<std::vector<Digest>> parse_digest_field(std::string_view text);
std::string digest_member(const Digest& digest);  ///< "sha-256=:...:"
// Want-Repr-Digest: the most wanted first, without those of weight 0. Empty when malformed, because it is only a
// preference.
std::vector<DigestAlgorithm> parse_want_digest(std::string_view text);
// OC-Checksum: "SHA1:hex", or several separated by blanks. Ignores unknown algorithms. bad_header when malformed.
Result<std::vector<Digest>> parse_oc_checksum(std::string_view text);

// part.cpp: X-Update-Range "append", "bytes=a-b", "bytes=a-", "bytes=-n"; Content-Range "bytes a-b/size", "bytes
// a-b/*". bad_header for everything else.
Result<Part> parse_update_range(std::string_view text);
Result<Part> parse_content_range(std::string_view text);

// authorization.cpp: RFC 9110, 11.4: a scheme and its credentials. Returns nothing when either is missing.
struct Authorization {
    std::string_view scheme;  ///< compare with iequals()
    std::string_view rest;    ///< token68 or parameters
};
std::optional<Authorization> parse_authorization(std::string_view text);
// The parameters of a scheme, with names in lower case and quotes and escapes removed. Returns nothing when one is
// malformed or repeated.
using AuthorizationParameters = std::map<std::string, std::string, std::less<>>;
std::optional<AuthorizationParameters> parse_authorization_parameters(std::string_view text);

// request_id.cpp: accepts an X-Request-Id of 1 to 128 characters of [A-Za-z0-9._~:/+=@-].
bool is_request_id(std::string_view text);

}  // namespace davit::headers
