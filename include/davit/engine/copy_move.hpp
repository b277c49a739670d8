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
    /// MOVE, refused: would_block, with nothing done, when it is more than one rename to where nothing stands.
    store::Waiting waiting = store::Waiting::allowed;
    bool destination_names_collection =
        false;  ///< it ends in a slash: a file can go there only in the place of a collection
};
/// true: the destination was created; false: replaced.
Answer<bool> copy(const Services& services, const TransferRequest& request);
/// Locks stay with URLs: they do not move and those on the source are destroyed (RFC 4918, 7.6).
Answer<bool> move(const Services& services, const TransferRequest& request);
/// After either of them, under the same claim: gives the Destination the time asked for. What was copied or moved stays
/// so when that cannot be done; then the client is not told that it was.
bool keep_time(const Services& services, const TransferRequest& request);
/// After either of them, under the same claim: does a listing show the Destination with a final slash? A link that was
/// moved is shown so if it leads to a collection that the caller may see.
bool made_collection(const Services& services, const TransferRequest& request);

}  // namespace davit::engine
