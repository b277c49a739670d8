#pragma once
// Complete reads and writes of open files. Handles short counts and interruptions.
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
/// Copies the whole content; `size` is its size when it was looked up. Shares blocks where the file system can
/// (FICLONE), else copies inside the kernel where possible. operation_timeout after `until`.
Result<void> copy_content(int from, int to, std::uint64_t size, const store::Deadline& until = {});
/// Copies user attributes except the property set, and reports which others exist. Skips attributes that the file
/// system does not support or the server may not set; missing space is a failure. The mode of `to` must let its owner
/// write, so this and the property set come before the mode.
Result<AttributesSeen> copy_attributes(int from, int to);
/// Removes what copy_attributes() and copy_access_list() copy, so that the file can be used again.
Result<void> strip_attributes(int file);
/// Does nothing when `from` has no access list.
Result<void> copy_access_list(int from, int to, AttributesSeen seen);

}  // namespace davit::fs
