#pragma once
// The tables of the state database, their version, and how an older version becomes this one.
#include <string>

#include "davit/core/failure.hpp"

struct sqlite3;

namespace davit::fs {

/// PRAGMA user_version of what this program writes.
inline constexpr int schema_version = 2;
/// A statement that changes no content and is written to the log all the same.
inline constexpr const char* empty_change = "PRAGMA user_version = 2";

/// Reads the version before anything is written. Nothing when the file is missing and has no log, or is of a version
/// that prepare_schema() can use; otherwise state_unusable with a sentence for the operator. Leaves the file as it is.
Result<void> check_version(const std::string& path);

/// Makes the database when there is no file: complete under another name, then renamed. So a file without content or
/// tables is never a database whose making was interrupted, but one that has lost them.
Result<void> make_when_missing(const std::string& path);

/// Migrates the tables of an older version in one transaction, after a copy of the old file has been written as
/// PATH.version-N. Writes nothing when all is as it should be. `path` empty: makes the tables, in memory.
Result<void> prepare_schema(sqlite3* handle, const std::string& path);

/// state_unusable: names the file, gives SQLite's own words and what the operator can do.
std::unexpected<Failure> unusable_database(sqlite3* handle, const std::string& path);

}  // namespace davit::fs
