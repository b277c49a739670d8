#pragma once
// The write-ahead log of the state database, looked at before SQLite reads it: SQLite ignores a log that it cannot
// read, and with it the locks that were granted since the last checkpoint.
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// What the index beside the log (state.db-shm) says of the log. A killed server leaves the index of its last commit.
struct LogIndex {
    std::uint32_t frames = 0;  ///< pages of committed changes in the log
    std::uint32_t copied = 0;  ///< of these, pages that the database itself has too
    std::array<unsigned char, 8> salt{};

    bool has_changes() const { return frames > copied; }
};
/// Nothing when there is no index, or none that is complete. `database`: path of the database.
std::optional<LogIndex> read_log_index(const std::string& database);

/// Refuses a log that is not one, or that belongs to another database: state_unusable with a sentence for the operator.
/// An empty log, and one that begins with zeros as a power cut can leave it, pass.
Result<void> check_log(const std::string& database);

/// Compares the index before and after SQLite has read the log. A sentence when committed changes are gone; else "".
std::string lost_changes(const std::string& database, const std::optional<LogIndex>& before,
                         const std::optional<LogIndex>& after);

}  // namespace davit::fs
