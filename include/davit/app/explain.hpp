#pragma once
// `davit explain`: what a failure's body says about its cause.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/xml/failure_reader.hpp"

namespace davit::app {

/// One thing that failed or was not done.
struct ExplainedEntry {
    std::string href;
    std::vector<std::string> properties;  ///< "{namespace}name"
    unsigned status = 0;
    std::string code;                   ///< ours, or the precondition element of another server; "" when none was sent
    std::string sentence;               ///< DAV:responsedescription or message; "" when none was sent
    std::vector<std::string> culprits;  ///< hrefs inside the precondition element
    std::optional<Room> room;           ///< what a full disk lacked
    std::vector<xml::FailureLock> locks;
    std::vector<xml::FailureAlso> also;  ///< properties that would have failed by themselves too
};

/// The access rule that refused, which only the server's operator is told.
struct ExplainedRule {
    std::string file, path, at, right;  ///< `file` and `path` "": no rule names the resource
    std::uint64_t line = 0;
};

struct Explanation {
    std::optional<ExplainedEntry> cause;     ///< the root: the first real failure
    std::vector<ExplainedEntry> others;      ///< further real failures
    std::vector<ExplainedEntry> dependents;  ///< Failed Dependency entries
    bool inferred = false;  ///< the body does not name the cause; the first other failure was taken for it
    std::optional<bool> retryable;
    std::string changed, request_id;
    std::string request;  ///< "PROPPATCH /f, answered 207"; "" when it is not known
    std::optional<ExplainedRule> rule;
    std::uint64_t left_out = 0;  ///< entries that the server has not kept
    bool only_head = false;      ///< there was no body that says anything, so the cause's sentence is a reason phrase
};

/// Reads a Multi-Status, mkcol-response, DAV:error or problem+json body, ours or another server's; of an error page or
/// a bare reason phrase, which is all that some send, the status. Heads of answers in front of the body, as `curl -i`
/// prints them, are read too. An empty body, and every body of a success, is an explanation without a cause. The error
/// is a sentence.
std::expected<Explanation, std::string> explain_body(std::string_view body);

/// What to do about a failure with this code or precondition element; "" for codes that are not known.
std::string_view advice_of_code(std::string_view code);
/// What to do about it, by facts, code and status.
std::string advice(const Explanation& explanation);

std::string as_text(const Explanation& explanation);
std::string as_json(const Explanation& explanation);

}  // namespace davit::app
