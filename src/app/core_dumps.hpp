#pragma once
// Memory of the server holds passwords, tokens and other people's files.

namespace davit::app {

/// The kernel writes no core of this process, and only root may look into it.
void forbid_core_dumps();
/// As it was when the process began (server.core_dumps).
void allow_core_dumps();

}  // namespace davit::app
