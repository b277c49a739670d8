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

/// Of what the trash keeps: a number of bytes or a share of the file system's size; both 0: no bound.
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
    std::chrono::seconds trash_keep{0};   ///< how long what was taken away can be had back; 0: it cannot
    TrashBound trash_max{};               ///< how much of that there may be
    NamePatterns diverted_names{};        ///< litter that is kept in the state folder, for a while; empty: none
    std::chrono::seconds diverted_keep = std::chrono::hours(24);
    std::chrono::seconds unused_records = std::chrono::hours(7 * 24);  ///< how long they are kept, at least
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
    virtual store::TrashStore* trash() = 0;              ///< null when the tree is only read
    /// Empties the trash of what is not kept any longer and forgets locks that ran out; safe beside everything else.
    /// Called in the background after removals and now and then; bounded work per call. true: nothing is left to do.
    virtual bool sweep() = 0;
    /// Has something been taken away that sweep() need not wait for? Costs nothing to ask.
    virtual bool has_waste() const = 0;
    /// Failures of work that went on after its request was answered, each once. Sentences for the log.
    virtual std::vector<std::string> take_warnings() = 0;
    struct Collected {
        std::chrono::milliseconds rest{};  ///< before the next call
        std::size_t removed = 0;           ///< records of property sets that nothing points to
    };
    /// A bounded part of the search for unused records; safe beside everything else. Called by one thread.
    virtual Collected collect() = 0;
    /// Makes the log of the state database short when nothing uses it, and the reserve of disk space again when
    /// others have made room: no removal through the server tells of that. Called every few seconds, by one thread.
    virtual void tidy_state() = 0;
    /// What is wrong with the state folder since the start, for the log and for /readyz; "" while all is well. Looks at
    /// the disk; any thread.
    virtual std::string state_problem() const = 0;
    /// A folder at the top, for nobody but the server's own user (0700). Fine when it is there; permission_denied when
    /// something else is. `name`: one segment, whose bytes count, whatever the other forms of it that are there.
    virtual Result<void> make_home(const std::string& name) = 0;
    /// For a thread that looks now and then whether the folder can be worked with. Any number of times.
    virtual Result<std::shared_ptr<const HealthCheck>> health_check() const = 0;
    /// One line for the log on what was chosen: file system, where properties live.
    virtual std::string describe() const = 0;
};

/// Errors: root missing or not a directory, no right to write, another daemon holds it.
Result<std::unique_ptr<Tree>> open_tree(const TreeOptions& options, const store::Clock& clock);

/// What check_tree() saw.
struct TreeReport {
    std::size_t resources = 0;
    std::size_t with_properties = 0;
    std::size_t records = 0;       ///< files that hold large property sets
    std::size_t unreferenced = 0;  ///< of them, those no resource points to: what a crash or a smaller set left behind
    std::size_t removed = 0;
    std::vector<ResourcePath> damaged;     ///< their property sets cannot be read
    std::vector<ResourcePath> repaired;    ///< theirs could not; the bytes are in .davit/damaged now
    std::vector<ResourcePath> newer;       ///< theirs were written by a newer version, and stay as they are
    std::vector<ResourcePath> unreadable;  ///< not looked at, for want of rights
    std::vector<ResourcePath> staged;      ///< what a crash left half made on other mounts: it has been removed
    std::vector<ResourcePath> hidden;      ///< temporary names that no note explains: they stay as they are
    /// Paths of properties in the database whose file was moved, replaced or removed by another program.
    std::vector<std::string> set_aside;
    std::vector<std::string> given_back;  ///< "OLD -> NEW": properties that found their file under another name
    bool set_aside_kept_as_text = false;  ///< they are in .davit/set-aside.txt, and no longer in the database
};
/// `davit fsck`: opens the tree alone (a serving daemon is refused), finishes what a crash interrupted, looks at every
/// property set. With `repair` damaged sets are put aside and unreferenced records removed. `restored`: the folder is a
/// copy of the one that was served; what the database knows by paths belongs to the files that are there now.
Result<TreeReport> check_tree(const TreeOptions& options, const store::Clock& clock, bool repair,
                              bool restored = false);

}  // namespace davit::fs
