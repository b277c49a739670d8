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
/// Copies the extended attributes of users but for the property set, and says what others there are. What the file
/// system does not know or the server may not set is left behind; want of room is a failure. The owner must be allowed
/// to write to `to` by its mode, so this and the property set come before what follows.
Result<AttributesSeen> copy_attributes(int from, int to);
/// Removes what copy_attributes() and copy_access_list() copy: for a file that is used again.
Result<void> strip_attributes(int file);
/// If `from` has one.
Result<void> copy_access_list(int from, int to, AttributesSeen seen);

}  // namespace davit::fs
