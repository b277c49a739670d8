#pragma once
// The head of an HTTP response before its body, as `curl -i` prints it.
#include <optional>
#include <string>
#include <string_view>

namespace davit::app {

struct AnswerHead {
    unsigned status = 0;
    std::string reason;
    std::string code;        ///< X-Dav-Error-Code
    std::string request_id;  ///< X-Request-Id
    std::string location;
};
/// Removes all heads from the front of `text`: 100 (Continue), followed redirections, and the last one, which it
/// returns. Returns nothing when there is none.
std::optional<AnswerHead> take_answer_head(std::string_view& text);

}  // namespace davit::app
