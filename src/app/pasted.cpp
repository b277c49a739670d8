#include "pasted.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>

#include "davit/headers/scanner.hpp"
#include "log_reader.hpp"

namespace davit::app {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view next_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

/// curl(1) marks its messages with '*', the request with '>' and the response's head with '<'. If a body has no line
/// end, the next of these lines follows directly.
std::optional<std::string> without_marks_of_curl(std::string_view text) {
    if (!text.starts_with("< HTTP/") && !text.contains("\n< HTTP/")) return std::nullopt;
    std::string head, body;
    while (!text.empty()) {
        auto line = next_line(text);
        if (line.starts_with("< ") || line == "<" || line == "<\r") {
            head.append(line.substr(std::min<std::size_t>(line.size(), 2))) += '\n';
            continue;
        }
        const bool mark = line.starts_with("* ") || line.starts_with("> ") || line == ">" || line == ">\r" ||
                          line.starts_with("{ [") || line.starts_with("} [");
        if (mark) continue;
        line = line.substr(0, std::min(line.find("* Connection #"), line.find("* Closing connection")));
        body.append(line) += '\n';
    }
    return head + body;
}

std::optional<std::string> last_failure_of_log(std::string_view text) {
    std::optional<boost::json::object> last;
    while (!text.empty())
        if (auto failure = failure_of_log_line(next_line(text))) last = std::move(failure);
    return last ? std::optional(boost::json::serialize(*last)) : std::nullopt;
}

}  // namespace

std::string as_answer(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (auto plain = without_marks_of_curl(text)) return std::move(*plain);
    // No response of Davit contains this word.
    if (text.contains("first_failure"))
        if (auto failure = last_failure_of_log(text)) return std::move(*failure);
    return std::string(text);
}

std::string as_request_id(std::string_view text) {
    constexpr std::string_view field = "X-Request-Id:";
    text = headers::trim(text);
    if (headers::iequals(text.substr(0, field.size()), field)) text = headers::trim(text.substr(field.size()));
    if (text.starts_with('"') && text.ends_with('"') && text.size() > 2) text = text.substr(1, text.size() - 2);
    return std::string(text);
}

}  // namespace davit::app
