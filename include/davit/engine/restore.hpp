#pragma once
// Bringing something back from the trash: a MOVE into place whose source has no URL.
#include "davit/engine/services.hpp"
#include "davit/store/trash_store.hpp"

namespace davit::engine {

struct RestoreRequest {
    Target target;  ///< the place it goes to
    std::string id;
    bool overwrite = false;  ///< what stands there goes to the trash itself
};
/// Locks of the place, its collection and what would be replaced are asked for as MOVE asks for the Destination's.
/// true: created; false: replaced. not_found, parent_missing, locked, overwrite_refused. Needs a claim on the place's
/// tree.
Answer<bool> restore(const Services& services, store::TrashStore& trash, const RestoreRequest& request);

}  // namespace davit::engine
