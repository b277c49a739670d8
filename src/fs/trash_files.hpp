#pragma once
// Names and files of `.davit/trash`, for both parts of Trash.
#include <sys/stat.h>

#include <string>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// The maximum number of entries that one request to the trash reads or removes while its sender waits. The background
/// does the rest.
inline constexpr std::size_t max_entries_now = 50000;

/// The name of an entry's record.
std::string origin_of(const std::string& id);
/// Writes a new file. `durable`: syncs it before it returns.
Result<void> write_file(int folder, const std::string& name, const std::string& text, bool durable);
/// The disk space that a file uses, whatever its length.
std::uint64_t disk_bytes(const struct stat& status);

}  // namespace davit::fs
