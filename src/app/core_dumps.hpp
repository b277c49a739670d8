#pragma once
// The server's memory contains passwords, tokens and users' files.

namespace davit::app {

/// The kernel writes no core of this process, and only root can read its memory.
void forbid_core_dumps();
/// Restores the state at the start of the process (server.core_dumps).
void allow_core_dumps();

}  // namespace davit::app
