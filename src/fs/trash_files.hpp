#pragma once
// Names and files of `.davit/trash`, for the two halves of Trash.
#include <sys/stat.h>

#include <string>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// Entries that one request to the trash looks at or removes while its sender waits; the rest follows in the
/// background.
inline constexpr std::size_t max_entries_now = 50000;

/// Of the record of an entry.
std::string origin_of(const std::string& id);
/// Writes a new file. `durable`: it is on the disk when this returns.
Result<void> write_file(int folder, const std::string& name, const std::string& text, bool durable);
/// What a file takes, whatever its length.
std::uint64_t disk_bytes(const struct stat& status);

}  // namespace davit::fs
