#pragma once
// Bodies of failures, from Davit or another server, as values for `davit explain`.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/property_name.hpp"

namespace davit::xml {

/// A lock that blocked the request, as the body describes it.
struct FailureLock {
    std::string href, scope, owner, expires;  ///< "" when the body omits it
    std::optional<std::chrono::seconds> remaining;
};

/// A property that would also have failed by itself.
struct FailureAlso {
    PropertyName property;
    unsigned status = 0;
    std::string code, sentence;
};

/// One failed entry of a multistatus, or a whole DAV:error.
struct FailureEntry {
    std::string href;  ///< as written; "" in a DAV:error or mkcol-response
    std::vector<PropertyName> properties;
    unsigned status = 0;   ///< of a DAV:error: derived from code, precondition or exception; 0 when it has none of them
    std::string code;      ///< Davit's code, else the precondition element's name; "" when the entry has neither
    std::string sentence;  ///< responsedescription, or the message beside the exception
    std::vector<std::string> culprits;  ///< hrefs of the precondition element
    std::optional<Room> room;
    std::vector<FailureLock> locks;
    std::vector<FailureAlso> also;
    std::optional<bool> retryable;
    std::string changed, request_id;
    std::string cause_href,
        cause_property;  ///< of Davit's failed-dependency element: the entry that this one depends on
};

/// Returns the entries with a status of 300 and above, in document order. bad_xml for text that is not XML;
/// unprocessable for XML that is not the body of a failure.
Result<std::vector<FailureEntry>> parse_failure(std::string_view body);

}  // namespace davit::xml
