#pragma once
// Conditional requests: RFC 9110, 13.2.2's order, and the If header of RFC 4918, 10.4.
#include "davit/engine/services.hpp"

namespace davit::engine {

enum class ConditionResult : std::uint8_t { proceed, not_modified };

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since in RFC 9110's order for the selected
/// representation (`info` empty: the URL is unmapped). `reading`: GET and HEAD, where a match of If-None-Match is 304
/// and If-Modified-Since counts; otherwise it is 412. The failure's sentence gives the current entity tag, to those who
/// may read it.
Result<ConditionResult> check_representation(const Target& target, const std::optional<store::ResourceInfo>& info,
                                             bool reading);

/// The If header: true when any list holds; 412 otherwise. A list's conditions are matched against the resource of its
/// tag, or `path`. A state token matches when that lock covers the resource (RFC 4918, 10.4.4).
Result<void> check_if(const Services& services, const Target& target);

}  // namespace davit::engine
