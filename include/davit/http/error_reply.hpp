#pragma once
// Every failure becomes an answer here, and nowhere else.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// A plain 4xx or 5xx with the one body shape, or 207 when the refusal carries a multistatus. Remembers the first
/// failure for the log.
Reply refuse(Exchange& exchange, const engine::Refusal& refusal);
Reply refuse(Exchange& exchange, FailureCode code, std::string sentence);
/// 405 with the Allow of what stands at the path.
Reply refuse_method(Exchange& exchange, std::string_view allow, std::string sentence);
/// A failure inside an answer that is otherwise well, such as one member of a listing: the first counts, for log,
/// metrics and `davit explain`.
void note_failure(Exchange& exchange, const ResourcePath& where, const Failure& failure);

}  // namespace davit::http
