#pragma once
// The program without its main().
namespace davit::app {

/// Exit codes: 0 success, 1 failure, 2 a mistake in the command line or configuration.
int run(int argc, char** argv);

}  // namespace davit::app
