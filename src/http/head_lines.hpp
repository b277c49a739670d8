#pragma once
// Checks the lines of a request head before the parser, which accepts more than RFC 9112 allows.
#include <cstddef>
#include <optional>
#include <string_view>

#include "davit/core/failure.hpp"

namespace davit::http {

/// Refuses lines that end in a bare LF and folded lines: a proxy may see other fields in them. Reads each byte once,
/// however the head arrives.
class HeadLines {
public:
    /// `input`: the head without its first `taken` bytes, and the bytes after it.
    std::optional<Failure> check(std::string_view input, std::size_t taken = 0);

private:
    std::size_t seen_ = 0;    ///< bytes of the head
    std::size_t length_ = 0;  ///< of the line so far
    char last_ = '\0';
    bool further_line_ = false, complete_ = false;
};

/// The version `HTTP/1.x` of a request line that the parser refused. RFC 9110, 2.5: the server treats a later minor
/// version as the highest that it supports.
struct LaterVersion {
    enum class Is : unsigned char { no, incomplete, yes };
    Is is = Is::no;
    std::size_t digit = 0;  ///< the offset of x
};
LaterVersion later_version(std::string_view input);

/// Why the parser refused the version at the end of the request line: bad_request, or http_version for one other than
/// HTTP/1.
Failure version_failure(std::string_view input);

}  // namespace davit::http
