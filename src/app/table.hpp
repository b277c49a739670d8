#pragma once
// Rows for a person to read, in columns.
#include <string>
#include <vector>

namespace davit::app {

/// The first row is the heading. Cells may hold anything a client sent (davit/core/printable.hpp).
std::string as_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace davit::app
