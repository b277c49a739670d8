#pragma once
// One value beside each file or folder, replaced in one step: where property sets are kept (docs/property-store.md).
#include <memory>
#include <optional>
#include <string>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Where extended attributes hold property sets.
inline constexpr const char* properties_attribute = "user.davit.properties";
/// Among the names of a file's extended attributes.
struct AttributesSeen {
    bool properties = false;   ///< the above
    bool access_list = false;  ///< POSIX
};

/// A name in an open folder, which is borrowed.
struct NameIn {
    int folder;
    std::string name;
};

/// A change of a name that is about to be made; values kept by name follow it. Destroyed without done(): the name has
/// not changed.
class NameChange {
public:
    virtual ~NameChange() = default;
    NameChange() = default;
    NameChange(const NameChange&) = delete;
    NameChange& operator=(const NameChange&) = delete;
    /// The name has changed. What was replaced or removed is in the trash under `trash_id`, or gone.
    virtual void done(const std::optional<std::string>& trash_id) = 0;
    /// Something failed halfway and could not be taken back: the next start finds out whether the name has changed.
    virtual void leave_to_next_start() = 0;
};
/// Null when there is nothing that has to follow.
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

/// Works on open descriptors. Extended attributes belong to the file: a MOVE carries them without a word. Rows of the
/// database belong to the name: whoever changes names begins with follow_move() or follow_removal().
class Attributes {
public:
    virtual ~Attributes() = default;
    /// Nothing when there is none.
    virtual Result<std::optional<std::string>> read(int fd) const = 0;
    /// Without a look at the file: can there be a value, when its extended attributes were seen to be like this?
    virtual bool may_have(AttributesSeen seen) const = 0;
    /// The same for a file or folder `name` in an open folder; a symbolic link is not followed.
    virtual Result<std::optional<std::string>> read_at(int folder, const char* name) const;
    /// Old value or new, never anything else. `no_space` with SystemError ENOSPC or E2BIG when it is too large or the
    /// disk is full.
    virtual Result<void> write(int fd, const std::string& value) = 0;
    virtual Result<void> clear(int fd) = 0;
    /// A new file has this descriptor: what another with its inode number had must not come back.
    virtual Result<void> forget_former(int fd) = 0;
    /// Is forget_former() needed at all?
    virtual bool leave_traces() const = 0;
    virtual std::string describe() const = 0;

    /// Is the value kept by the file's name? Then files under construction need one, and reading may wait.
    virtual bool is_kept_by_name() const { return false; }
    /// An entry is about to be renamed, over what has the new name if anything has.
    virtual Result<NameChangePtr> follow_move(const NameIn& /*from*/, const NameIn& /*to*/) { return nullptr; }
    virtual Result<NameChangePtr> follow_removal(const NameIn& /*what*/) { return nullptr; }
    /// An entry that never had a URL has been removed.
    virtual void abandon(const NameIn& /*what*/) {}
};

/// The extended attribute above.
std::unique_ptr<Attributes> make_extended_attributes();
/// Does the file system of `fd` keep user attributes?
bool keeps_extended_attributes(int fd);

}  // namespace davit::fs
