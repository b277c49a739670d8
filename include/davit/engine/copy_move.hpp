#pragma once
// COPY (RFC 4918, 9.8) and MOVE (9.9).
#include "davit/engine/services.hpp"

namespace davit::engine {

struct TransferRequest {
    Target target;  ///< the source
    ResourcePath destination;
    bool overwrite = true;                               ///< RFC 4918, 10.6: default T
    Depth depth = Depth::infinity;                       ///< COPY: zero or infinity
    std::optional<std::chrono::sys_seconds> modified{};  ///< X-OC-Mtime: of the Destination itself, not of its members
    /// For MOVE. refused: would_block, without any change, unless it is one rename to a name that does not exist.
    store::Waiting waiting = store::Waiting::allowed;
    bool destination_names_collection =
        false;  ///< it ends in a slash: a file can go there only in the place of a collection
};
/// COPY. true: the destination was created; false: replaced.
Answer<bool> copy(const Services& services, const TransferRequest& request);
/// MOVE. Locks stay with URLs: they do not move, and those on the source are removed (RFC 4918, 7.6).
Answer<bool> move(const Services& services, const TransferRequest& request);
/// After copy() or move(), under the same claim: sets the Destination's time to `modified`. When that fails, the copy
/// or move stays, and false says that the client must not be told that its time was accepted.
bool keep_time(const Services& services, const TransferRequest& request);
/// After copy() or move(), under the same claim: whether a listing shows the Destination with a final slash. It shows a
/// moved link so if the link leads to a collection that the caller may see.
bool made_collection(const Services& services, const TransferRequest& request);

}  // namespace davit::engine
