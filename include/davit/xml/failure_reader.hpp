#pragma once
// Bodies of failures, ours or another server's, as values: what `davit explain` reads.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/property_name.hpp"

namespace davit::xml {

/// A lock that stood in the way, as the body says it.
struct FailureLock {
    std::string href, scope, owner, expires;  ///< "" when not said
    std::optional<std::chrono::seconds> remaining;
};

/// A property that would have failed by itself too.
struct FailureAlso {
    PropertyName property;
    unsigned status = 0;
    std::string code, sentence;
};

/// One entry of a multistatus that did not go well, or a whole DAV:error.
struct FailureEntry {
    std::string href;  ///< as written; "" in a DAV:error or mkcol-response
    std::vector<PropertyName> properties;
    unsigned status = 0;   ///< in a DAV:error told by code, precondition or exception; 0 when by none of them
    std::string code;      ///< our own code, else the precondition element's name; "" when there is neither
    std::string sentence;  ///< responsedescription, or the message beside the exception
    std::vector<std::string> culprits;  ///< hrefs of the precondition element
    std::optional<Room> room;
    std::vector<FailureLock> locks;
    std::vector<FailureAlso> also;
    std::optional<bool> retryable;
    std::string changed, request_id;
    std::string cause_href, cause_property;  ///< of our failed-dependency element: what it depends on
};

/// The entries with a status of 300 and more in document order. bad_xml for what is no XML; unprocessable for XML that
/// is no failure body.
Result<std::vector<FailureEntry>> parse_failure(std::string_view body);

}  // namespace davit::xml
