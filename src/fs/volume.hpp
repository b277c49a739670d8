#pragma once
// What every part of fs/ works on: the root's descriptor, the state folder, the clock, the properties.
#include <memory>

#include "attributes.hpp"
#include "confined.hpp"
#include "content_clock.hpp"
#include "diverted.hpp"
#include "journal.hpp"
#include "known_bare.hpp"
#include "known_resources.hpp"
#include "known_texts.hpp"
#include "mounts.hpp"
#include "property_sets.hpp"
#include "property_table.hpp"
#include "record_marks.hpp"
#include "reserve.hpp"
#include "room.hpp"
#include "spelling.hpp"
#include "state_folder.hpp"
#include "trash.hpp"
#include "working_copies.hpp"

namespace davit::fs {

struct Volume {
    UniqueFd root;
    std::uint64_t device = 0;
    std::uint64_t mount = 0;  ///< number of the mount the root is on; 0 where the kernel does not tell
    bool durable = true;
    BytesAhead ahead = 0;  ///< of uploads
    StateFolder state;
    Reserve reserve;  ///< given up when the disk is full and something is to be taken away
    Mounts mounts;
    ContentClock clock;
    RecordMarks marks;
    Spelling spelling;
    Diverted diverted;
    std::unique_ptr<Attributes> extended_attributes;
    std::unique_ptr<PropertyTable> property_table;  ///< null without a state database
    Attributes* attributes = nullptr;               ///< the one of the two that holds property sets
    std::unique_ptr<PropertySets> property_sets;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<KnownResources> known;
    std::unique_ptr<KnownBare> bare;
    std::unique_ptr<KnownTexts> texts;
    WorkingCopies copies;
    BackgroundWarnings warnings;
    std::unique_ptr<Trash> trash;  ///< null when the tree is only read

    /// fsync, when durability is asked for. `call` as in SystemError.
    Result<void> sync(int fd) const;
    /// Makes a new or vanished name durable.
    Result<void> sync_folder(int fd) const { return sync(fd); }
};

/// Names that begin so are never shown: things under construction on a file system other than the root's.
inline constexpr std::string_view hidden_prefix = ".davit-";

/// The hidden name with this number.
std::string hidden_name(std::int64_t number);
/// A number that was never used.
std::int64_t hidden_number();

/// Where something can be built or put away and still be renamed to or from `folder`: tmp/ or trash/ of the state
/// folder, or a hidden name in `folder` itself when that is on another mount. Such a name is noted in the journal
/// before it exists, and until settle() is called.
struct Aside {
    int folder;  ///< borrowed
    std::string name;
    std::optional<std::int64_t> intent{};
};
/// `path` is that of `folder`.
Result<Aside> aside_for(const Volume& volume, int folder, const ResourcePath& path, int preferred);
/// Nothing is left under the name.
void settle(const Volume& volume, const Aside& aside);
/// Removes the file under the name, and settles. A file that cannot be removed now goes to the trash, which tries
/// again; on another mount the journal keeps the name, and the next start removes the file.
void discard(const Volume& volume, const Aside& aside);

/// On the root's own mount: only there a rename leads to and from the state folder. One file system can be mounted
/// several times, and renames do not cross from one mount to another.
bool is_on_root_mount(const Volume& volume, int folder);
bool is_on_root_mount(const Volume& volume, const EntryInfo& folder);
/// The state folder, a folder in it or its database, whatever its name: they can be mounted elsewhere.
bool is_state(const Volume& volume, const EntryInfo& entry);

}  // namespace davit::fs
