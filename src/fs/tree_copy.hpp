#pragma once
#include "volume.hpp"

namespace davit::fs {

/// Builds a copy of `from` under the name `to` in an open folder that nobody sees: contents, modes, times (seconds
/// kept, nanoseconds new), attributes, properties. With Depth zero a collection is copied without its members.
/// A failure names the member in `culprits`, but for operation_timeout; what was built so far is the caller's to
/// remove.
Result<void> copy_aside(Volume& volume, const ResourcePath& from, Depth depth, int folder, const std::string& to,
                        const store::Deadline& until);

}  // namespace davit::fs
