#pragma once
// Makes answers of failures; no other file does.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// A plain 4xx or 5xx with the one body shape, or 207 when the refusal carries a multistatus. Notes the first failure
/// for the log.
Reply refuse(Exchange& exchange, const engine::Refusal& refusal);
Reply refuse(Exchange& exchange, FailureCode code, std::string sentence);
/// 405 with the Allow of the resource at the path.
Reply refuse_method(Exchange& exchange, std::string_view allow, std::string sentence);
/// Notes a failure inside a successful answer, such as one member of a listing. The first one counts, for log, metrics
/// and `davit explain`.
void note_failure(Exchange& exchange, const ResourcePath& where, const Failure& failure);

}  // namespace davit::http
