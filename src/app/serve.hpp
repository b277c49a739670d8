#pragma once
#include "davit/app/configuration.hpp"
#include "reload.hpp"

namespace davit::app {

/// Serves until SIGTERM or SIGINT. Returns the exit code. `configuration` has been checked. SIGHUP calls `reread` for a
/// new one.
int serve(const Configuration& configuration, const Reread& reread);

}  // namespace davit::app
