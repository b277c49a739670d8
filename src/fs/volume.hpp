#pragma once
// The shared state of all parts of fs/: the root's descriptor, the state directory, the clock, the properties.
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
    std::uint64_t mount = 0;  ///< ID of the root's mount; 0 where the kernel does not report it
    bool durable = true;
    BytesAhead ahead = 0;  ///< of all uploads
    StateFolder state;
    Reserve reserve;  ///< given up when the disk is full and an operation must free space
    Mounts mounts;
    ContentClock clock;
    RecordMarks marks;
    Spelling spelling;
    Diverted diverted;
    std::unique_ptr<Attributes> extended_attributes;
    std::unique_ptr<PropertyTable> property_table;  ///< null without a state database
    Attributes* attributes = nullptr;               ///< the one of the two that stores property sets
    std::unique_ptr<PropertySets> property_sets;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<KnownResources> known;
    std::unique_ptr<KnownBare> bare;
    std::unique_ptr<KnownTexts> texts;
    WorkingCopies copies;
    BackgroundWarnings warnings;
    std::unique_ptr<Trash> trash;  ///< null for a read-only tree

    /// fsync, when durability is configured. `call` as in SystemError.
    Result<void> sync(int fd) const;
    /// Makes the creation or removal of a name durable.
    Result<void> sync_folder(int fd) const { return sync(fd); }
};

/// Names with this prefix are never shown: files under construction on a file system other than the root's.
inline constexpr std::string_view hidden_prefix = ".davit-";

/// The hidden name with this number.
std::string hidden_name(std::int64_t number);
/// A new number that was never used.
std::int64_t hidden_number();

/// A place to build or put away an entry that can be renamed to or from `folder`: tmp/ or trash/ of the state
/// directory, or a hidden name in `folder` itself when that is on another mount. The journal records such a name before
/// it exists, until settle() is called.
struct Aside {
    int folder;  ///< borrowed
    std::string name;
    std::optional<std::int64_t> intent{};
};
/// `path` is that of `folder`.
Result<Aside> aside_for(const Volume& volume, int folder, const ResourcePath& path, int preferred);
/// Call this when no entry is left under the name.
void settle(const Volume& volume, const Aside& aside);
/// Removes the file under the name, and settles. If it cannot be removed now, it goes to the trash, which retries. On
/// another mount the journal keeps the name, and the next start removes the file.
void discard(const Volume& volume, const Aside& aside);

/// True on the root's own mount: only there renames to and from the state directory work. A file system can have
/// several mounts, and a rename cannot cross from one to another.
bool is_on_root_mount(const Volume& volume, int folder);
bool is_on_root_mount(const Volume& volume, const EntryInfo& folder);
/// True for the state directory, a directory in it, and its database, under any name, because they can be mounted
/// elsewhere.
bool is_state(const Volume& volume, const EntryInfo& entry);

}  // namespace davit::fs
