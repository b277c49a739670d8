#pragma once
// Multi-Status responses (RFC 4918, 13).
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/property_name.hpp"

namespace davit {

/// Refers from an entry that failed only because of another to that other entry. The writer renders it as Failed
/// Dependency. Holds all that a reader needs without a further look-up.
struct Cause {
    ResourcePath path;
    bool collection = false;
    std::optional<PropertyName> property;
    FailureCode code = FailureCode::internal;
    std::size_t index = 0;  ///< position of the failing step in document order, from 0
};

/// The result of one entry: success, its own failure, or the failure of another entry.
using EntryStatus = std::variant<Status, Failure, Cause>;

/// Several properties with the same result.
struct PropStat {
    std::vector<PropertyName> names;
    EntryStatus status;
};

/// A `response` has either one status or propstats, never both (RFC 4918, 14.24).
struct Response {
    ResourcePath path;
    bool collection = false;
    std::variant<EntryStatus, std::vector<PropStat>> body;
};

/// A small, complete multistatus. (The server streams listings instead.)
/// Invariant, checked by the constructor: real failures precede the entries that depend on them, and no dependent
/// exists without a real failure. A violation is a bug of the program and throws std::logic_error.
class MultiStatus {
public:
    explicit MultiStatus(std::vector<Response> responses);
    std::span<const Response> responses() const { return responses_; }
    /// The first real failure; null when every entry succeeded.
    const Failure* first_failure() const;
    const Response* first_failed_response() const;
    std::size_t dependents() const;

private:
    std::vector<Response> responses_;
};

}  // namespace davit
