#pragma once
// Removes what people paste together with a response.
#include <string>
#include <string_view>

namespace davit::app {

/// A response without the marks of `curl -v` and without leading blank lines; of log lines, the last failure as JSON.
std::string as_answer(std::string_view text);

/// A request id without its surroundings in a log or a head: "X-Request-Id: 01J...".
std::string as_request_id(std::string_view text);

}  // namespace davit::app
