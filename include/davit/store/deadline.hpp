#pragma once
// The time limit of a call that walks a whole tree.
#include <chrono>

#include "davit/core/failure.hpp"
#include "davit/store/clock.hpp"

namespace davit::store {

/// Without a clock there is no limit.
struct Deadline {
    const Clock* clock = nullptr;                ///< borrowed
    std::chrono::system_clock::time_point at{};  ///< by its monotonic()

    bool is_over() const { return clock && clock->monotonic() >= at; }
};

/// The failure of a call that exceeds its deadline: operation_timeout.
Failure out_of_time();

}  // namespace davit::store
