#pragma once
// Checks that the state directory belongs to the server alone. Other users who can write to it, or who created it
// before the server, could read lock tokens and stored responses, or redirect its files.
#include "davit/core/failure.hpp"

namespace davit::fs {

/// `folder` is the open state directory, `root` the served directory above it. state_unusable, with a sentence that
/// names the fault and the remedy, unless the directory belongs to the server's user, gives others no rights, and
/// contains no links. On file systems without owners or modes, mount options or an ancestor may exclude others.
Result<void> check_safety(int root, int folder);

/// The same for a directory inside: it must have the owner of the state directory.
Result<void> check_inner_folder(int folder, int inner, const char* name);

}  // namespace davit::fs
