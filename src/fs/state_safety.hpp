#pragma once
// Whether the state folder belongs to the server alone. What other users can write to, or made before the server, would
// let them read lock tokens and kept answers, or lead its files elsewhere.
#include "davit/core/failure.hpp"

namespace davit::fs {

/// `folder` is the open state folder, `root` the served folder above it. state_unusable, with a sentence that names
/// what is wrong and how to mend it, unless the folder belongs to the server's user, gives no rights to others, and
/// holds no links. On file systems that keep no owners or modes, mount options or a folder above may keep others out.
Result<void> check_safety(int root, int folder);

/// The same for a folder inside: it belongs to whom the state folder belongs to.
Result<void> check_inner_folder(int folder, int inner, const char* name);

}  // namespace davit::fs
