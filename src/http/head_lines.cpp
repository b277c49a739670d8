#include "head_lines.hpp"

#include <string>
#include <utility>

namespace davit::http {
namespace {

constexpr std::string_view version_pattern = "HTTP/d.d";

Failure line_failure(std::string sentence) {
    return {FailureCode::bad_request, std::move(sentence), {}};
}

std::string_view request_line(std::string_view input) {
    auto line = input.substr(0, input.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_version(std::string_view text) {
    if (text.size() != version_pattern.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (version_pattern[i] == 'd' ? !digit : text[i] != version_pattern[i]) return false;
    }
    return true;
}

/// A version that something else follows.
bool has_version_inside(std::string_view line) {
    const auto at = line.rfind(" HTTP/");
    return at != std::string_view::npos && is_version(line.substr(at + 1, version_pattern.size()));
}

}  // namespace

std::optional<Failure> HeadLines::check(std::string_view input, std::size_t taken) {
    if (complete_ || seen_ < taken) return std::nullopt;
    auto fresh = input.substr(seen_ - taken);
    while (!complete_ && !fresh.empty()) {
        if (further_line_ && length_ == 0 && (fresh.front() == ' ' || fresh.front() == '\t'))
            return line_failure(
                "The request head is malformed: a line begins with a blank, and folded lines are not taken (RFC 9112, "
                "5.2).");
        const auto end = fresh.find('\n');
        const auto part = fresh.substr(0, end);
        length_ += part.size();
        if (!part.empty()) last_ = part.back();
        if (end == std::string_view::npos) {
            seen_ += part.size();
            break;
        }
        if (length_ == 0 || last_ != '\r')
            return line_failure("The request head is malformed: a line ends in LF alone; lines end in CR LF.");
        complete_ = length_ == 1;
        seen_ += end + 1;
        length_ = 0;
        further_line_ = true;
        fresh.remove_prefix(end + 1);
    }
    return std::nullopt;
}

LaterVersion later_version(std::string_view input) {
    const auto line = request_line(input);
    const auto at = line.rfind(' ');
    const auto version = at == std::string_view::npos ? std::string_view() : line.substr(at + 1);
    if (!is_version(version) || version[5] != '1' || version.back() < '2') return {};
    const bool complete = input.find('\n') != std::string_view::npos;
    return {complete ? LaterVersion::Is::yes : LaterVersion::Is::incomplete, line.size() - 1};
}

Failure version_failure(std::string_view input) {
    const auto line = request_line(input);
    const auto at = line.rfind(' ');
    const auto last = at == std::string_view::npos ? line : line.substr(at + 1);
    if (is_version(last)) {
        const auto method_end = line.find(' ');
        const bool blank_in_target =
            line.substr(method_end + 1, at - method_end - 1).find(' ') != std::string_view::npos;
        if (!blank_in_target && last[5] != '1')
            return {FailureCode::http_version, "Only HTTP/1.0 and HTTP/1.1 are spoken here.", {}};
        return line_failure("The request line is malformed: the target has a blank in it; a blank is written %20.");
    }
    if (has_version_inside(line))
        return line_failure("The request line is malformed: something follows the version, perhaps a blank.");
    return line_failure("The request line is malformed: it does not end in a version such as HTTP/1.1.");
}

}  // namespace davit::http
