#pragma once
#include <string>
#include <string_view>

namespace davit::fs {

/// Converts each name of a path to NFC, so that all Unicode forms of it are equal. Leaves a name unchanged that is not
/// UTF-8, or has more than 32 combining marks in a row.
std::string composed(std::string_view path);

}  // namespace davit::fs
