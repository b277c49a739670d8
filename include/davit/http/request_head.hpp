#pragma once
// The checks of every request's head, before the server looks at the method.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// A field that is longer than the parser can store, whatever limits.header_bytes says.
Failure field_too_large();
Failure too_many_empty_lines();
/// The bytes that a parser got last.
struct HeadInput {
    std::string_view bytes;
    bool from_start = true;  ///< the request line comes first, not a field
};
/// The failure for a head that the parser rejected.
Failure head_failure(error_code error, const Parser& parser, HeadInput input, const Limits& limits);

struct HeadRefusal {
    engine::Refusal refusal;
    bool close = false;  ///< the beginning of the next request is unknown
};
/// Checks target, Host, framing (RFC 9112, 3.2, 6.1) and Expect. Sets `exchange.path` and returns nothing when all are
/// right. `address`: by which the target is read.
std::optional<HeadRefusal> check_head(Exchange& exchange, const headers::PublicAddress& address);

}  // namespace davit::http
