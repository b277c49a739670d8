#pragma once
// From a head that has been read to a reply: what is asked of every request, whatever its method.
#include "davit/http/session.hpp"

namespace davit::http {

/// Without waiting; nothing when something has to be waited for: then answer() does it all.
std::optional<Reply> answer_at_once(const Service& service, Exchange& exchange);
Task<Reply> answer(const Service& service, Exchange& exchange);
/// The answer to a request that nobody looks into.
Reply answer_refused(const Service& service, Exchange& exchange, const Failure& failure);
/// To a head that is none. The connection ends: nobody knows where the next request begins.
Reply answer_malformed(const Service& service, Exchange& exchange, const Failure& failure);

}  // namespace davit::http
