#pragma once
// How much room was missing, when something did not fit.
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// When `failure` is no_space, adds that `needed` bytes were asked for and how many there are. `file` is what did not
/// fit: it is emptied first, so that what it holds counts as available.
std::unexpected<Failure> not_fitting(Failure failure, int file, std::uint64_t needed);

}  // namespace davit::fs
