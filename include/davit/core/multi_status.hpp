#pragma once
// Multi-Status answers (RFC 4918, 13).
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/property_name.hpp"

namespace davit {

/// Points from an entry that failed only because of another to that other: the entry rendered as Failed Dependency.
/// Holds what a reader needs without looking further.
struct Cause {
    ResourcePath path;
    bool collection = false;
    std::optional<PropertyName> property;
    FailureCode code = FailureCode::internal;
    std::size_t index = 0;  ///< position of the failing step in document order, from 0
};

/// How one entry ended: well, with its own failure, or because of another's.
using EntryStatus = std::variant<Status, Failure, Cause>;

/// Several properties that ended alike.
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

/// A small, finished multistatus (listings are streamed and never become one of these).
/// Invariant, checked on construction: real failures stand before the entries that depend on them, and there is no
/// dependent without a real failure. Violations are a bug of ours and throw std::logic_error.
class MultiStatus {
public:
    explicit MultiStatus(std::vector<Response> responses);
    std::span<const Response> responses() const { return responses_; }
    /// The first real failure; null when everything went well.
    const Failure* first_failure() const;
    const Response* first_failed_response() const;
    std::size_t dependents() const;

private:
    std::vector<Response> responses_;
};

}  // namespace davit
