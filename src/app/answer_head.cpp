#include "answer_head.hpp"

#include <charconv>

#include "davit/headers/scanner.hpp"

namespace davit::app {
namespace {

/// Removes the first line and returns it without its end.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// "HTTP/1.1 404 Not Found", "HTTP/2 404"
bool read_status_line(std::string_view line, AnswerHead& head) {
    const auto space = line.find(' ');
    if (!line.starts_with("HTTP/") || space == line.npos) return false;
    line.remove_prefix(space + 1);
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), head.status);
    head.reason = headers::trim({rest, line.data() + line.size()});
    return error == std::errc() && head.status >= 100 && head.status < 600;
}

void read_field(std::string_view line, AnswerHead& head) {
    const auto colon = line.find(':');
    if (colon == line.npos) return;
    const auto name = line.substr(0, colon);
    const std::string value(headers::trim(line.substr(colon + 1)));
    if (headers::iequals(name, "X-Dav-Error-Code")) head.code = value;
    if (headers::iequals(name, "X-Request-Id")) head.request_id = value;
    if (headers::iequals(name, "Location")) head.location = value;
}

}  // namespace

std::optional<AnswerHead> take_answer_head(std::string_view& text) {
    std::optional<AnswerHead> last;
    for (auto rest = text;;) {
        while (rest.starts_with('\r') || rest.starts_with('\n')) rest.remove_prefix(1);
        AnswerHead head;
        if (!read_status_line(take_line(rest), head)) return last;
        for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) read_field(line, head);
        last = std::move(head);
        text = rest;
    }
}

}  // namespace davit::app
