#pragma once
// How long a call that goes through a whole tree may last.
#include <chrono>

#include "davit/core/failure.hpp"
#include "davit/store/clock.hpp"

namespace davit::store {

/// By default there is none.
struct Deadline {
    const Clock* clock = nullptr;                ///< borrowed
    std::chrono::system_clock::time_point at{};  ///< by its monotonic()

    bool is_over() const { return clock && clock->monotonic() >= at; }
};

/// What a call fails with that meets its deadline.
Failure out_of_time();

}  // namespace davit::store
