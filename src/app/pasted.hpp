#pragma once
// What people paste beside an answer.
#include <string>
#include <string_view>

namespace davit::app {

/// An answer without what `curl -v` prints around it and without blank lines before it; of lines of a log the last
/// failure, as JSON.
std::string as_answer(std::string_view text);

/// A request id without what a log or a head writes around it: "X-Request-Id: 01J...".
std::string as_request_id(std::string_view text);

}  // namespace davit::app
