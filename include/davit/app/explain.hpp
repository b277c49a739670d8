#pragma once
// `davit explain`: finds the cause of a failure in the body of a response.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/xml/failure_reader.hpp"

namespace davit::app {

/// One operation that failed or was not done.
struct ExplainedEntry {
    std::string href;
    std::vector<std::string> properties;  ///< "{namespace}name"
    unsigned status = 0;
    std::string code;      ///< Davit's code, or the precondition element of another server; "" when the body has none
    std::string sentence;  ///< DAV:responsedescription or message; "" when the body has none
    std::vector<std::string> culprits;  ///< hrefs inside the precondition element
    std::optional<Room> room;           ///< the disk space that was missing
    std::vector<xml::FailureLock> locks;
    std::vector<xml::FailureAlso> also;  ///< properties that would also have failed by themselves
};

/// The access rule that refused the request. Only the server's operator sees it.
struct ExplainedRule {
    std::string file, path, at, right;  ///< `file` and `path` are "" when no rule names the resource
    std::uint64_t line = 0;
};

struct Explanation {
    std::optional<ExplainedEntry> cause;     ///< the root: the first real failure
    std::vector<ExplainedEntry> others;      ///< further real failures
    std::vector<ExplainedEntry> dependents;  ///< Failed Dependency entries
    bool inferred = false;  ///< the body does not name the cause, so the first other failure is taken for it
    std::optional<bool> retryable;
    std::string changed, request_id;
    std::string request;  ///< "PROPPATCH /f, answered 207"; "" when unknown
    std::optional<ExplainedRule> rule;
    std::uint64_t left_out = 0;  ///< the number of entries that the server has dropped
    bool only_head = false;      ///< the response had no usable body, so the cause's sentence is a reason phrase
};

/// Reads a Multi-Status, mkcol-response, DAV:error or problem+json body of Davit or another server. From an error page
/// or a bare reason phrase, which is all that some servers send, it reads the status. Response heads before the body,
/// as `curl -i` prints them, are read too. An empty body, and every body of a success, gives an explanation without a
/// cause. The error is a sentence.
std::expected<Explanation, std::string> explain_body(std::string_view body);

/// Advice for a failure with this code or precondition element; "" for unknown codes.
std::string_view advice_of_code(std::string_view code);
/// Advice by facts, code and status.
std::string advice(const Explanation& explanation);

std::string as_text(const Explanation& explanation);
std::string as_json(const Explanation& explanation);

}  // namespace davit::app
