#pragma once
#include <string>
#include <string_view>

namespace davit::fs {

/// Each name of a path in NFC, so that all spellings of it are one; a name that is no UTF-8, or has more than
/// 32 combining marks in a row, stays as it is.
std::string composed(std::string_view path);

}  // namespace davit::fs
