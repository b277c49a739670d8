#pragma once
// Precondition and postcondition codes: the DAV: elements that name the violated rule (RFC 4918, 16).
#include <cstdint>
#include <string_view>

namespace davit {

enum class Precondition : std::uint8_t {
    lock_token_matches_request_uri,    // RFC 4918, 16
    lock_token_submitted,              // RFC 4918, 16; holds hrefs
    no_conflicting_lock,               // RFC 4918, 16; holds hrefs
    no_external_entities,              // RFC 4918, 16
    preserved_live_properties,         // RFC 4918, 16
    propfind_finite_depth,             // RFC 4918, 16
    cannot_modify_protected_property,  // RFC 4918, 16
    valid_resourcetype,                // RFC 5689, 3.3
    quota_not_exceeded,                // RFC 4331, 6
    sufficient_disk_space,             // RFC 4331, 6
    need_privileges,                   // RFC 3744, 7.1.1; holds resources and privileges
};

/// The local name of the element in the DAV: namespace, e.g. "lock-token-submitted".
std::string_view local_name(Precondition precondition);

}  // namespace davit
