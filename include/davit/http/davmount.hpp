#pragma once
// RFC 4709: a document that tells a client what to mount.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// `GET /folder/?davmount`.
bool asks_for_davmount(const Exchange& exchange);
/// The document for the collection of the Request-URI; bad_request when the request does not say under which name the
/// server is known.
Reply davmount(Exchange& exchange);

}  // namespace davit::http
