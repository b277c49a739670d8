#pragma once
// Whole reads and writes of open files: short counts and interruptions are dealt with here.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "attributes.hpp"
#include "davit/core/failure.hpp"
#include "davit/store/deadline.hpp"

namespace davit::fs {

Result<std::string> read_all(int fd);
Result<void> write_all(int fd, std::string_view bytes);
/// Copies the whole content, `size` bytes when it was looked at, sharing blocks where the file system can (FICLONE),
/// inside the kernel where it can. operation_timeout once `until` is over.
Result<void> copy_content(int from, int to, std::uint64_t size, const store::Deadline& until = {});
/// Copies extended attributes other than the property set: those of users and the access list. What the file system
/// does not know or the server may not set is left behind; want of room is a failure. Says whether `from` has the
/// attribute of the property set, which the same look tells.
Result<OwnAttribute> copy_attributes(int from, int to);

}  // namespace davit::fs
