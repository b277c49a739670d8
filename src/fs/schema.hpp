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

/// Reads the version before anything is written. Nothing when the file is missing, empty, or of a version that
/// prepare_schema() can use; otherwise state_unusable with a sentence for the operator. Leaves the file as it is.
Result<void> check_version(const std::string& path);

/// Makes the tables in an empty database, or migrates an older one in one transaction, after a copy of the old file has
/// been written as PATH.version-N. Writes nothing when all is as it should be. `path` empty: in memory.
Result<void> prepare_schema(sqlite3* handle, const std::string& path);

/// state_unusable: names the file, gives SQLite's own words and what the operator can do.
std::unexpected<Failure> unusable_database(sqlite3* handle, const std::string& path);

}  // namespace davit::fs
