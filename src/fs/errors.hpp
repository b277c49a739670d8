#pragma once
// The only table from errno to Failure.
#include <cerrno>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// `call` is static text, e.g. "openat2". It and the number go to the log, the sentence to the client.
Failure system_failure(const char* call, int number = errno);
inline std::unexpected<Failure> system_error(const char* call, int number = errno) {
    return std::unexpected(system_failure(call, number));
}
/// The same, but an unmapped name means that the parent collection is missing (RFC 4918, 9.7.1).
std::unexpected<Failure> parent_error(Failure failure);

}  // namespace davit::fs
