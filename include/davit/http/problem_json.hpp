#pragma once
// The facts of a failure as JSON: RFC 9457 for clients that prefer it, and what `davit explain` gets for a request id.
#include <boost/json/object.hpp>
#include <string_view>

#include "davit/http/access_log.hpp"
#include "davit/xml/writer.hpp"

namespace davit::http {

/// True when Accept names JSON (application/problem+json or application/json) with a higher weight than XML.
bool prefers_json(std::string_view accept);

/// type, title, status, detail of RFC 9457, and our own: code, retryable, retry-after, changed, request-id,
/// precondition, href, property, culprits, also, dependents, and `responses` with each entry's cause when there was a
/// multistatus.
boost::json::object problem(const FailureReport& report, std::string_view request_id, const xml::Href& href);

/// For the operator, never for a client: which access rule refused.
boost::json::object describe_rule(const DecidingRule& rule);

}  // namespace davit::http
