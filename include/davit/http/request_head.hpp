#pragma once
// The checks of every request's head, before the server looks at the method.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// A field that is longer than the parser can store, whatever limits.header_bytes says.
Failure field_too_large();
Failure too_many_empty_lines();
/// The failure for a head that the parser rejected. `input`: the bytes it got last.
Failure head_failure(error_code error, const Parser& parser, std::string_view input, const Limits& limits);

struct HeadRefusal {
    engine::Refusal refusal;
    bool close = false;  ///< the beginning of the next request is unknown
};
/// Checks target, Host, framing (RFC 9112, 3.2, 6.1) and Expect. Sets `exchange.path` and returns nothing when all are
/// right. `address`: by which the target is read.
std::optional<HeadRefusal> check_head(Exchange& exchange, const headers::PublicAddress& address);

}  // namespace davit::http
