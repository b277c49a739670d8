#pragma once
// The stored form of a failure: a report whose size the client cannot decide.
#include <cstddef>
#include <memory>

#include "davit/http/access_log.hpp"

namespace davit::http {

struct TrimmedReport {
    std::shared_ptr<const FailureReport> report;
    std::size_t left_out = 0;  ///< the culprits, locks, properties and entries that `report` omits
    std::size_t bytes = 0;     ///< of memory, approximately
};
/// Returns the same report if it needs at most `max_bytes`, else a shortened one.
TrimmedReport trimmed(std::shared_ptr<const FailureReport> report, std::size_t max_bytes);

}  // namespace davit::http
