#pragma once
// Renames beyond rename(2), and their substitutes where the file system lacks them.

namespace davit::fs {

/// Renames to a name that must be free, else EEXIST. Where the file system lacks RENAME_NOREPLACE, this looks the name
/// up first; then another program can interfere. Returns 0, or -1 and errno.
int rename_to_free_name(int from, const char* name, int to, const char* new_name);

/// Exchanges two names atomically. Returns 0, or -1 and errno; EINVAL where the file system cannot.
int exchange_entries(int one, const char* name, int other, const char* other_name);

}  // namespace davit::fs
