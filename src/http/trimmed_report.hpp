#pragma once
// What is kept of a failure: a report whose size the client does not decide.
#include <cstddef>
#include <memory>

#include "davit/http/access_log.hpp"

namespace davit::http {

struct TrimmedReport {
    std::shared_ptr<const FailureReport> report;
    std::size_t left_out = 0;  ///< culprits, locks, properties and entries that `report` does not have
    std::size_t bytes = 0;     ///< of memory, about
};
/// The same report if it takes at most `max_bytes`, else one that begins alike.
TrimmedReport trimmed(std::shared_ptr<const FailureReport> report, std::size_t max_bytes);

}  // namespace davit::http
