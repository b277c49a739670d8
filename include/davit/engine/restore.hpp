#pragma once
// Restoring from the trash: a MOVE into place whose source has no URL.
#include "davit/engine/services.hpp"
#include "davit/store/trash_store.hpp"

namespace davit::engine {

struct RestoreRequest {
    Target target;  ///< the path to restore to
    std::string id;
    bool overwrite = false;  ///< a resource at the path goes to the trash
};
/// Restores an entry. Needs the locks that MOVE needs for a Destination: of the path, its collection, and what it
/// replaces. true: created; false: replaced. not_found, parent_missing, locked, overwrite_refused. The caller holds a
/// claim on the tree of the path.
Answer<bool> restore(const Services& services, store::TrashStore& trash, const RestoreRequest& request);

}  // namespace davit::engine
