#pragma once
// Locks in the database: one row each, and the statements that read and change them. The times of a row use the system
// clock; those of a lock in memory use the monotonic clock, which is `offset` behind.
#include <optional>
#include <span>

#include "database.hpp"
#include "davit/core/active_lock.hpp"

namespace davit::fs::lock_rows {

using TimePoint = std::chrono::system_clock::time_point;

inline constexpr const char* count = "SELECT count(*) FROM lock";
inline constexpr const char* all =
    "SELECT token, root, collection, shared, infinity, owner, principal, timeout, created, expires, client, request_id "
    "FROM lock";
inline constexpr const char* insert = "INSERT INTO lock VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
inline constexpr const char* extend = "UPDATE lock SET timeout = ?2, expires = ?3 WHERE token = ?1";
inline constexpr const char* shift = "UPDATE lock SET created = created + ?1, expires = expires + ?1";

/// Reads the current row of `all`; nothing when it is not a valid lock. If the clock was wrong when the row was
/// written, the lock could last for years from `now`, so it lasts at most its granted timeout. An owner longer than the
/// limit (an older program accepted it) is dropped.
std::optional<ActiveLock> read(const Statement& statement, TimePoint::duration offset, TimePoint now);
/// Each runs the statement of its kind.
void write(Statement& insert_statement, const ActiveLock& lock, TimePoint::duration offset);
void write_times(Statement& extend_statement, const LockToken& token, std::chrono::seconds timeout, TimePoint expires);
void write_shift(Statement& shift_statement, TimePoint::duration step);

/// The statement that deletes locks. A single token uses a statement by key, because SQLite builds a temporary table
/// for every array.
struct Deletion {
    explicit Deletion(std::span<const LockToken> tokens);
    const char* sql;
    Database::Use use;
};

}  // namespace davit::fs::lock_rows
