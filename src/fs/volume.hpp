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

/// Where something can be built or put away and still be renamed to or from `folder`: tmp/ or trash/ of the state
/// folder, or a hidden name in `folder` itself when that is on another file system.
struct Aside {
    int folder;  ///< borrowed
    std::string name;
};
Aside aside_for(const Volume& volume, int folder, int preferred);
/// The hidden name.
Aside hidden_in(int folder);

/// On the root's own file system: only from there the trash can take something by one rename.
bool on_root_device(const Volume& volume, int folder);

}  // namespace davit::fs
