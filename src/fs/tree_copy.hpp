#pragma once
#include <sys/types.h>

#include <optional>

#include "volume.hpp"

namespace davit::fs {

/// Builds a copy of `from` under the name `to` in an open folder that nobody sees: contents, modes, times (seconds
/// kept, nanoseconds new), attributes, properties. With Depth zero a collection is copied without its members.
/// A failure names the member in `culprits`, but for operation_timeout; what was built so far is the caller's to
/// remove.
/// The mode that is still to be given to it, once it stands where it belongs: whoever may not write into a folder
/// cannot move it to another.
Result<std::optional<mode_t>> copy_aside(Volume& volume, const ResourcePath& from, Depth depth, int folder,
                                         const std::string& to, const store::Deadline& until);

}  // namespace davit::fs
