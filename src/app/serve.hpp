#pragma once
#include "davit/app/configuration.hpp"
#include "reload.hpp"

namespace davit::app {

/// Serves until SIGTERM or SIGINT; the exit code. `configuration` has been checked; SIGHUP asks `reread` for another.
int serve(const Configuration& configuration, const Reread& reread);

}  // namespace davit::app
