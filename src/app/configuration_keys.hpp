#pragma once
// All configuration keys.
#include <map>
#include <string>

#include "configuration_row.hpp"

namespace davit::app {

/// By its full name, "server.root".
const std::map<std::string, Row>& keys();

}  // namespace davit::app
