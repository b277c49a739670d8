#pragma once
// Whether a served folder can still be worked with.
#include <memory>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Owns descriptors of its own, so that it may outlive the tree: a disk that does not answer keeps its caller.
class HealthCheck {
public:
    virtual ~HealthCheck() = default;
    /// The folder is the one that was opened and stands at its path, the state database is there, and a byte can be
    /// written and synced; of a tree that is only read, its entries can be read. Takes as long as the disk takes.
    virtual Result<void> run() const = 0;
};

}  // namespace davit::fs
