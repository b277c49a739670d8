#pragma once
// The tables of the state database, their version, and the migration of older versions.
#include <string>

#include "davit/core/failure.hpp"

struct sqlite3;

namespace davit::fs {

/// The PRAGMA user_version that this program writes.
inline constexpr int schema_version = 2;
/// A statement that changes no content but is written to the log.
inline constexpr const char* empty_change = "PRAGMA user_version = 2";

/// Checks the version before the program writes anything. Returns nothing when the file is missing and has no log, or
/// has a version that prepare_schema() supports; otherwise state_unusable with a sentence for the operator. Does not
/// change the file.
Result<void> check_version(const std::string& path);

/// Creates a missing database: completely under another name, then by a rename. So a file without content or tables is
/// never an interrupted creation, but a database that has lost them.
Result<void> make_when_missing(const std::string& path);

/// Migrates the tables of an older version in one transaction, after it has copied the old file to PATH.version-N.
/// Writes nothing when no migration is needed. With an empty `path`, creates the tables in memory.
Result<void> prepare_schema(sqlite3* handle, const std::string& path);

/// state_unusable with the file's name, SQLite's own words and the remedy.
std::unexpected<Failure> unusable_database(sqlite3* handle, const std::string& path);

}  // namespace davit::fs
