#pragma once
// One value beside each file or folder, replaced in one step: where property sets are kept (docs/property-store.md).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "davit/core/failure.hpp"

namespace davit::fs {

class Database;

/// Where extended attributes hold property sets.
inline constexpr const char* properties_attribute = "user.davit.properties";
/// Seen or not among the names of a file's extended attributes.
enum class OwnAttribute : std::uint8_t { is_missing, is_there };

/// Works on open descriptors, so the value belongs to the file and not to its name: MOVE carries it without a word.
class Attributes {
public:
    virtual ~Attributes() = default;
    /// Nothing when there is none.
    virtual Result<std::optional<std::string>> read(int fd) const = 0;
    /// Without a look at the file: can there be a value, when its extended attributes were seen to be like this?
    virtual bool may_have(OwnAttribute seen) const = 0;
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
};

/// The extended attribute above.
std::unique_ptr<Attributes> make_extended_attributes();
/// Does the file system of `fd` keep user attributes?
bool keeps_extended_attributes(int fd);

/// Rows of SQLite by device, inode and birth time, for file systems without user attributes.
std::unique_ptr<Attributes> make_attribute_table(Database& database);

}  // namespace davit::fs
