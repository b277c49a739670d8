#pragma once
// How locks stand in the database: a row each, and the statements that read and change them. The times of a row are the
// system clock's; those of a lock in memory are the monotonic one's, which is `offset` behind.
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

/// The row `all` stands at; nothing when it cannot be a lock's. By a clock that was wrong when the row was written the
/// lock could last for years from `now`: it lasts as long as it was granted for, at most. An owner that is longer than
/// a lock may have (an older program took it) is left out.
std::optional<ActiveLock> read(const Statement& statement, TimePoint::duration offset, TimePoint now);
/// Each carries out the statement of its kind.
void write(Statement& insert_statement, const ActiveLock& lock, TimePoint::duration offset);
void write_times(Statement& extend_statement, const LockToken& token, std::chrono::seconds timeout, TimePoint expires);
void write_shift(Statement& shift_statement, TimePoint::duration step);

/// The statement that forgets locks. One goes by its key: for an array SQLite makes a table of its own each time, 90
/// KB, and that was a quarter of what LOCK and UNLOCK cost.
struct Deletion {
    explicit Deletion(std::span<const LockToken> tokens);
    const char* sql;
    Database::Use use;
};

}  // namespace davit::fs::lock_rows
