#pragma once
// Prints rows in columns for a person.
#include <string>
#include <vector>

namespace davit::app {

/// The first row is the heading. Cells may contain any text of a client (davit/core/printable.hpp).
std::string as_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace davit::app
