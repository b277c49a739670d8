#pragma once
// The program, without main.
namespace davit::app {

/// Exit codes: 0 well, 1 it could not be done, 2 a mistake in the command line or configuration.
int run(int argc, char** argv);

}  // namespace davit::app
