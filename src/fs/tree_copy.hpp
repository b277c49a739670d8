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
    /// The source goes once the copy is there (a MOVE that no rename can do): what a copy leaves out would be lost.
    bool source_goes = false;
    /// Set when `from` is one member of a tree that is copied member by member.
    const store::ResourceStore::TreeEnds* tree = nullptr;
};

/// Builds a copy of `from` aside, where nobody sees it: contents, modes, times (seconds kept, nanoseconds new),
/// attributes, properties. With Depth zero a collection is copied without its members. Links below lead to the same
/// places. same_resource and destination_inside_source, by whatever names; link_elsewhere. A failure names the member
/// in `culprits`, but for operation_timeout; what was built so far is the caller's to remove.
/// The mode that is still to be given to it, once it stands where it belongs: whoever may not write into a folder
/// cannot move it to another.
Result<std::optional<mode_t>> copy_aside(Volume& volume, const CopyRequest& request, const Aside& aside);

/// Makes a link that leads from `place` to where the link `from`, an entry of `folder`, leads.
Result<void> copy_link_aside(Volume& volume, int folder, const CopyRequest& request, const Aside& aside);

}  // namespace davit::fs
