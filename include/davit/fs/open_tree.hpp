#pragma once
// The served folder: the one place where the ports of store/ meet a POSIX file system.
#include <filesystem>
#include <memory>
#include <string>

#include "davit/store/clock.hpp"
#include "davit/store/idempotency_store.hpp"
#include "davit/store/lock_store.hpp"
#include "davit/store/property_store.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::fs {

/// Where dead properties are kept (docs/property-store.md).
enum class PropertyPlace : std::uint8_t {
    automatic,   ///< extended attributes where the file system has them, else the database
    attributes,  ///< extended attributes
    database,    ///< the state database
};

struct TreeOptions {
    std::filesystem::path root;  ///< must exist and be a directory
    bool durable = true;         ///< false: no fsync anywhere
    bool read_only = false;      ///< nothing is written, not even the state folder
    PropertyPlace properties = PropertyPlace::automatic;
};

/// Owns root descriptor, trash, state database. Opening it creates `.davit/`, sweeps what a crash left behind, and
/// takes a lock so that a second daemon on the same root is refused.
class Tree {
public:
    virtual ~Tree() = default;
    virtual store::ResourceStore& resources() = 0;
    virtual store::PropertyStore& properties() = 0;
    virtual store::LockStore& locks() = 0;
    virtual store::IdempotencyStore* idempotency() = 0;  ///< null when the tree is only read
    /// Empties the trash; safe beside everything else. Called in the background after removals; bounded work per call.
    /// true: nothing is left.
    virtual bool sweep() = 0;
    /// One line for the log on what was chosen: file system, where properties live.
    virtual std::string describe() const = 0;
};

/// Errors: root missing or not a directory, no right to write, another daemon holds it.
Result<std::unique_ptr<Tree>> open_tree(const TreeOptions& options, const store::Clock& clock);

}  // namespace davit::fs
