#pragma once
// One value for each file or directory, replaced atomically. Property sets are stored in it (docs/property-store.md).
#include <memory>
#include <optional>
#include <string>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// The extended attribute that holds a property set.
inline constexpr const char* properties_attribute = "user.davit.properties";
/// What copy_attributes() found among the names of a file's extended attributes.
struct AttributesSeen {
    bool properties = false;   ///< properties_attribute
    bool access_list = false;  ///< a POSIX access list
};

/// A name in an open directory. Borrows the descriptor.
struct NameIn {
    int folder;
    std::string name;
};

/// A change of a name that is about to happen. Values stored by name follow it. If destroyed without done(), the name
/// has not changed.
class NameChange {
public:
    virtual ~NameChange() = default;
    NameChange() = default;
    NameChange(const NameChange&) = delete;
    NameChange& operator=(const NameChange&) = delete;
    /// Call this after the name has changed. What the change replaced or removed is in the trash under `trash_id`, or
    /// deleted.
    virtual void done(const std::optional<std::string>& trash_id) = 0;
    /// Call this when the change failed halfway and could not be undone: the next start finds out whether the name has
    /// changed.
    virtual void leave_to_next_start() = 0;
};
/// Null when nothing must follow the change.
using NameChangePtr = std::unique_ptr<NameChange>;
inline void finish(const NameChangePtr& change, const std::optional<std::string>& trash_id = {}) {
    if (change) change->done(trash_id);
}
/// The same for a change that may have failed.
template <typename T>
void conclude(const NameChangePtr& change, const Result<T>& changed, const std::optional<std::string>& trash_id = {}) {
    if (changed)
        finish(change, trash_id);
    else if (change && changed.error().changed == Changed::unknown)
        change->leave_to_next_start();
}

/// Works on open descriptors. An extended attribute belongs to the file, so a MOVE carries it along. A database row
/// belongs to the name, so a caller that changes a name first calls follow_move() or follow_removal().
class Attributes {
public:
    virtual ~Attributes() = default;
    /// Returns nothing when the file has no value.
    virtual Result<std::optional<std::string>> read(int fd) const = 0;
    /// Says, without reading the file, whether it can have a value, given these extended attributes.
    virtual bool may_have(AttributesSeen seen) const = 0;
    /// The same for a file or directory `name` in an open directory. Does not follow a symbolic link.
    virtual Result<std::optional<std::string>> read_at(int folder, const char* name) const;
    /// Atomic: a reader sees the old value or the new one. `no_space` with SystemError ENOSPC or E2BIG when the value
    /// is too large or the disk is full.
    virtual Result<void> write(int fd, const std::string& value) = 0;
    virtual Result<void> clear(int fd) = 0;
    /// Call this for a new file: it must not inherit the value of an earlier file with the same inode number.
    virtual Result<void> forget_former(int fd) = 0;
    /// True when forget_former() is needed.
    virtual bool leave_traces() const = 0;
    virtual std::string describe() const = 0;

    /// True when the value is stored by the file's name. Then files under construction need a name, and reading may
    /// block.
    virtual bool is_kept_by_name() const { return false; }
    /// Call this before an entry is renamed, perhaps over an existing entry.
    virtual Result<NameChangePtr> follow_move(const NameIn& /*from*/, const NameIn& /*to*/) { return nullptr; }
    virtual Result<NameChangePtr> follow_removal(const NameIn& /*what*/) { return nullptr; }
    /// Call this after the removal of an entry that never had a URL.
    virtual void abandon(const NameIn& /*what*/) {}
};

/// Makes the implementation that uses properties_attribute.
std::unique_ptr<Attributes> make_extended_attributes();
/// True when the file system of `fd` supports user attributes.
bool keeps_extended_attributes(int fd);

}  // namespace davit::fs
