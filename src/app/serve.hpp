#pragma once
#include "davit/app/configuration.hpp"

namespace davit::app {

/// Serves until SIGTERM or SIGINT; the exit code. `configuration` has been checked.
int serve(const Configuration& configuration);

}  // namespace davit::app
