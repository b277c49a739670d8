#pragma once
// The renames that need more than rename(2), and what can be done where the file system does not offer them.

namespace davit::fs {

/// Renames to a name that must be free: EEXIST otherwise. Where the file system does not know RENAME_NOREPLACE, the
/// name is looked up first; only a program beside the server can then come between. 0, or -1 and errno.
int rename_to_free_name(int from, const char* name, int to, const char* new_name);

/// Exchanges two names in one step. 0, or -1 and errno; EINVAL where the file system cannot.
int exchange_entries(int one, const char* name, int other, const char* other_name);

}  // namespace davit::fs
