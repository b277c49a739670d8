#pragma once
// Ids of requests that came without one.
#include <string>

namespace davit::http {

/// 26 characters, Crockford base 32: 48 bits of milliseconds, 80 random bits. Sorts by time. Thread-safe.
std::string make_request_id();

}  // namespace davit::http
