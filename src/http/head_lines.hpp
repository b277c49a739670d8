#pragma once
// The lines of a request head, looked at before the parser, which takes more than RFC 9112 lets a server take.
#include <cstddef>
#include <optional>
#include <string_view>

#include "davit/core/failure.hpp"

namespace davit::http {

/// Finds lines that end in a bare LF and lines that are folded: a proxy may see other fields in them. Looks at each
/// byte once, however the head arrives.
class HeadLines {
public:
    /// `input`: the head without its first `taken` bytes, and what follows it.
    std::optional<Failure> check(std::string_view input, std::size_t taken = 0);

private:
    std::size_t seen_ = 0;    ///< bytes of the head
    std::size_t length_ = 0;  ///< of the line so far
    char last_ = '\0';
    bool further_line_ = false, complete_ = false;
};

/// Reading the version `HTTP/1.x` of a request line that the parser did not take. RFC 9110, 2.5: a later minor version
/// is served as the highest that the server has.
struct LaterVersion {
    enum class Is : unsigned char { no, incomplete, yes };
    Is is = Is::no;
    std::size_t digit = 0;  ///< the offset of x
};
LaterVersion later_version(std::string_view input);

/// Why the parser took no version at the end of the request line: bad_request, or http_version for one that is no
/// HTTP/1.
Failure version_failure(std::string_view input);

}  // namespace davit::http
