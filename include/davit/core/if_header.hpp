#pragma once
// The If header as a value (RFC 4918, 10.4.2).
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "davit/core/active_lock.hpp"
#include "davit/core/etag.hpp"
#include "davit/core/resource_path.hpp"

namespace davit {

/// "DAV:no-lock" is a state token that never matches (RFC 4918, 10.4.8).
inline constexpr std::string_view no_lock_token = "DAV:no-lock";

struct Condition {
    bool negated = false;
    std::variant<LockToken, ETag> what;
};

/// A Resource-Tag outside this server has an empty `path`: its list never holds.
struct ResourceTag {
    std::optional<ResourcePath> path;
};

/// One "( ... )": all conditions must hold (AND).
struct ConditionList {
    std::optional<ResourceTag> tag;  ///< none: the list applies to the Request-URI
    std::vector<Condition> conditions;
};

/// True if any list is true (OR).
struct IfHeader {
    std::vector<ConditionList> lists;

    /// True when the header contains the token, negated or not: that counts as submitted (RFC 4918, 10.4.1 and 10.4.7).
    bool submits(const LockToken& token) const;
};

}  // namespace davit
