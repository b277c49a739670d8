#pragma once
// What is asked of every request's head before its method is looked at.
#include <optional>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// A field that is longer than the parser can store, whatever limits.header_bytes says.
Failure field_too_large();
Failure too_many_empty_lines();
/// Why the parser could not take a head. `input`: what it was given last.
Failure head_failure(error_code error, const Parser& parser, std::string_view input, const Limits& limits);

struct HeadRefusal {
    engine::Refusal refusal;
    bool close = false;  ///< nobody knows where the next request begins
};
/// Target, Host, framing (RFC 9112, 3.2, 6.1), Expect. Nothing when all is well; `exchange.path` is set then.
/// `address`: what the target is read by.
std::optional<HeadRefusal> check_head(Exchange& exchange, const headers::PublicAddress& address);

}  // namespace davit::http
