#pragma once
// Conditional requests: RFC 9110, 13.2.2's order, and the If header of RFC 4918, 10.4.
#include "davit/engine/services.hpp"

namespace davit::engine {

enum class ConditionResult : std::uint8_t { proceed, not_modified };

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since in the order of RFC 9110, 13.2.2 for the
/// selected representation (`info` empty: the URL is unmapped). `reading`: for GET and HEAD a match of If-None-Match is
/// 304, and If-Modified-Since counts; for other methods a match is 412. The failure's sentence contains the current
/// entity tag if the user may read it.
Result<ConditionResult> check_representation(const Target& target, const std::optional<store::ResourceInfo>& info,
                                             bool reading);

/// Evaluates the If header: succeeds when any list holds, else precondition_failed (412). The conditions of a list
/// apply to the resource of its tag, or to `path`. A state token matches when that lock covers the resource (RFC 4918,
/// 10.4.4).
Result<void> check_if(const Services& services, const Target& target);

}  // namespace davit::engine
