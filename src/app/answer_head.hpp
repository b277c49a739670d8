#pragma once
// The head of an HTTP answer in front of its body, as `curl -i` prints it.
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
/// Takes every head off the front of `text`: 100 (Continue), redirections that were followed, and the last, which is
/// returned. Nothing when there is none.
std::optional<AnswerHead> take_answer_head(std::string_view& text);

}  // namespace davit::app
