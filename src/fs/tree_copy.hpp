#pragma once
#include <sys/types.h>

#include <optional>

#include "volume.hpp"

namespace davit::fs {

struct CopyRequest {
    const ResourcePath& from;
    const ResourcePath& to;
    const Place& place;  ///< of `to`
    Depth depth;
    const store::Deadline& until;
    /// The source is removed afterwards (a MOVE that no rename can do), so nothing may be left out.
    bool source_goes = false;
    /// Set when `from` is a member of a tree that is copied member by member.
    const store::ResourceStore::TreeEnds* tree = nullptr;
};

/// Builds a copy of `from` in a temporary place that no client sees: contents, modes, times (seconds kept, nanoseconds
/// new), attributes, properties. Depth zero copies a collection without its members. Links below keep their targets.
/// same_resource and destination_inside_source, by whatever names; link_elsewhere. A failure names the member in
/// `culprits`, except operation_timeout. The caller removes an incomplete copy.
///
/// Returns the mode that the caller must set after the copy has reached its place: moving a directory needs the right
/// to write in it.
Result<std::optional<mode_t>> copy_aside(Volume& volume, const CopyRequest& request, const Aside& aside);

/// Makes a link at `place` with the target of the link `from`, an entry of `folder`.
Result<void> copy_link_aside(Volume& volume, int folder, const CopyRequest& request, const Aside& aside);

}  // namespace davit::fs
