#pragma once
// Checks that a served folder is usable.
#include <memory>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Owns its own descriptors, so that it may outlive the tree: a disk that does not respond blocks its caller.
class HealthCheck {
public:
    virtual ~HealthCheck() = default;
    /// Succeeds when the folder is the opened one and still has its path, the state database exists, and a byte can be
    /// written and synced; for a read-only tree, when its entries can be read. May block as long as the disk does.
    virtual Result<void> run() const = 0;
};

}  // namespace davit::fs
