#pragma once
// The served folder: the one place where the ports of store/ meet a POSIX file system.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "davit/core/name_patterns.hpp"
#include "davit/fs/health.hpp"
#include "davit/store/clock.hpp"
#include "davit/store/idempotency_store.hpp"
#include "davit/store/lock_store.hpp"
#include "davit/store/property_store.hpp"
#include "davit/store/resource_store.hpp"
#include "davit/store/trash_store.hpp"

namespace davit::fs {

/// Where dead properties are kept (docs/property-store.md).
enum class PropertyPlace : std::uint8_t {
    automatic,   ///< extended attributes where the file system has them, else the database
    attributes,  ///< extended attributes
    database,    ///< the state database
};

/// The bound of the trash: a number of bytes or a share of the file system's size; both 0: no bound.
struct TrashBound {
    std::uint64_t bytes = 0;
    unsigned percent = 10;
    bool operator==(const TrashBound&) const = default;
};

struct TreeOptions {
    std::filesystem::path root;  ///< must exist and be a directory
    bool durable = true;         ///< false: no fsync anywhere
    bool read_only = false;      ///< nothing is written, not even the state folder
    PropertyPlace properties = PropertyPlace::automatic;
    bool exact_names = false;             ///< names in different Unicode forms are different names
    std::size_t cache_bytes = 32U << 20;  ///< of memory for small files and properties; 0 for none
    std::chrono::seconds trash_keep{0};   ///< how long the trash keeps removed resources; 0: not at all
    TrashBound trash_max{};               ///< the maximum size of the trash
    NamePatterns diverted_names{};        ///< junk files that the state folder keeps for a while; empty: none
    std::chrono::seconds diverted_keep = std::chrono::hours(24);
    std::chrono::seconds unused_records = std::chrono::hours(7 * 24);  ///< how long unused records stay, at least
};

/// Owns root descriptor, trash, state database. open_tree() creates `.davit/`, cleans up after a crash, and takes a
/// lock that excludes a second daemon on the same root.
class Tree {
public:
    virtual ~Tree() = default;
    virtual store::ResourceStore& resources() = 0;
    virtual store::PropertyStore& properties() = 0;
    virtual store::LockStore& locks() = 0;
    virtual store::IdempotencyStore* idempotency() = 0;  ///< null when the tree is only read
    virtual store::TrashStore* trash() = 0;              ///< null when the tree is only read
    /// Deletes expired entries of the trash and expired locks. Other threads may use the tree meanwhile. The caller
    /// runs it in the background, after removals and periodically. Bounded work for each call. Returns true when no
    /// work is left.
    virtual bool sweep() = 0;
    /// True when sweep() has entries to delete now. Costs nothing.
    virtual bool has_waste() const = 0;
    /// Failures of background work that continued after its response, each once. Sentences for the log.
    virtual std::vector<std::string> take_warnings() = 0;
    struct Collected {
        std::chrono::milliseconds rest{};  ///< before the next call
        std::size_t removed = 0;           ///< unused records of property sets
    };
    /// A bounded part of the search for unused records. Other threads may use the tree meanwhile. One thread calls it.
    virtual Collected collect() = 0;
    /// Truncates the log of the state database when it is idle, and restores the reserve of disk space when other
    /// programs have freed space, which the server cannot notice otherwise. One thread calls it every few seconds.
    virtual void tidy_state() = 0;
    /// The problem of the state folder since the start, for the log and for /readyz; "" when there is none. Reads the
    /// disk. Thread-safe.
    virtual std::string state_problem() const = 0;
    /// Creates a folder at the top for the server's own user only (0700). Succeeds when it exists; permission_denied
    /// when something else has the name. `name`: one segment, compared byte for byte whatever other Unicode forms
    /// exist.
    virtual Result<void> make_home(const std::string& name) = 0;
    /// Makes a check for a thread that periodically tests the folder. May be called any number of times.
    virtual Result<std::shared_ptr<const HealthCheck>> health_check() const = 0;
    /// One line for the log about the file system and the place of properties.
    virtual std::string describe() const = 0;
};

/// Errors: root missing or not a directory, no right to write, another daemon has the lock.
Result<std::unique_ptr<Tree>> open_tree(const TreeOptions& options, const store::Clock& clock);

/// The findings of check_tree().
struct TreeReport {
    std::size_t resources = 0;
    std::size_t with_properties = 0;
    std::size_t records = 0;  ///< files that hold large property sets
    std::size_t unreferenced =
        0;  ///< of them, those that no resource points to: left over from a crash or a smaller set
    std::size_t removed = 0;
    std::vector<ResourcePath> damaged;     ///< resources with an unreadable property set
    std::vector<ResourcePath> repaired;    ///< repaired ones; their bytes are in .davit/damaged now
    std::vector<ResourcePath> newer;       ///< resources whose set a newer version wrote; not changed
    std::vector<ResourcePath> unreadable;  ///< not checked: the server may not read them
    std::vector<ResourcePath> staged;      ///< files under construction on other mounts that a crash left; removed
    std::vector<ResourcePath> hidden;      ///< temporary names without a record; not changed
    /// Paths of properties in the database whose file was moved, replaced or removed by another program.
    std::vector<std::string> set_aside;
    std::vector<std::string> given_back;  ///< "OLD -> NEW": properties that found their file under another name
    std::vector<std::string> warnings;    ///< what a server would write to its log at the start
    bool set_aside_kept_as_text = false;  ///< they are in .davit/set-aside.txt, and no longer in the database
};
/// `davit fsck`: opens the tree exclusively (refused while a daemon serves it), completes what a crash interrupted, and
/// checks every property set. `repair`: puts damaged sets aside and removes unused records. `restored`: the folder is a
/// copy of the served one, so the database's paths belong to the files that are there now.
Result<TreeReport> check_tree(const TreeOptions& options, const store::Clock& clock, bool repair,
                              bool restored = false);

}  // namespace davit::fs
