#include "schema.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>

#include "unique_fd.hpp"

namespace davit::fs {
namespace {

constexpr const char* tables = R"(
CREATE TABLE lock(
  token TEXT PRIMARY KEY, root BLOB NOT NULL, collection INTEGER NOT NULL, shared INTEGER NOT NULL,
  infinity INTEGER NOT NULL, owner BLOB NOT NULL, principal BLOB NOT NULL, timeout INTEGER NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL, client BLOB NOT NULL, request_id BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE intent(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, path BLOB NOT NULL, inode INTEGER NOT NULL,
  mode INTEGER NOT NULL, modified INTEGER NOT NULL, digest INTEGER NOT NULL);
CREATE TABLE idempotency(
  principal BLOB NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL, begun INTEGER NOT NULL, status INTEGER NOT NULL,
  fields BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(principal, key));
)";

/// The tables that version 2 added. `former_attribute` holds rows of version 1 until their files are found.
constexpr const char* tables_of_version_2 = R"(
CREATE TABLE property(
  path BLOB PRIMARY KEY, mark BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE set_aside(
  id INTEGER PRIMARY KEY, path BLOB NOT NULL, mark BLOB NOT NULL, value BLOB NOT NULL);
CREATE TABLE name_change(
  id INTEGER PRIMARY KEY, source BLOB NOT NULL, target BLOB NOT NULL, mark BLOB NOT NULL, inode INTEGER NOT NULL,
  target_is_stale INTEGER NOT NULL);
CREATE TABLE former_attribute(
  device INTEGER NOT NULL, inode INTEGER NOT NULL, born INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(device, inode)) WITHOUT ROWID;
CREATE INDEX idempotency_begun ON idempotency(begun);
CREATE INDEX idempotency_of_principal ON idempotency(principal, begun);
)";

/// Version 1 distinguished requests by their text. An empty fingerprint matches any request.
constexpr const char* from_version_1 = R"(
UPDATE idempotency SET fingerprint = x'';
INSERT INTO former_attribute(device, inode, born, value) SELECT device, inode, born, value FROM attribute;
DROP TABLE attribute;
)";

constexpr const char* set_version = "PRAGMA user_version = 2";

/// Each fails to compile when its table is missing or has other columns.
constexpr std::array shapes_of_version_1{
    "SELECT token, root, collection, shared, infinity, owner, principal, timeout, created, expires, client, request_id "
    "FROM lock",
    "SELECT id, kind, path, inode, mode, modified, digest FROM intent",
    "SELECT principal, key, fingerprint, begun, status, fields, body FROM idempotency",
    "SELECT device, inode, born, value FROM attribute",
};
constexpr std::array shapes_of_version_2{
    shapes_of_version_1[0],
    shapes_of_version_1[1],
    shapes_of_version_1[2],
    "SELECT path, mark, value FROM property",
    "SELECT id, path, mark, value FROM set_aside",
    "SELECT id, source, target, mark, inode, target_is_stale FROM name_change",
    "SELECT device, inode, born, value FROM former_attribute",
};

/// A file up to this size is read completely at the start, so that the server finds damage before a client does.
constexpr off_t largest_to_check = 8 << 20;

using Connection = std::unique_ptr<sqlite3, decltype([](sqlite3* each) { sqlite3_close(each); })>;

struct PreparedRow {
    sqlite3_stmt* statement = nullptr;
    PreparedRow(sqlite3* handle, const char* sql) { sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr); }
    ~PreparedRow() { sqlite3_finalize(statement); }
    PreparedRow(const PreparedRow&) = delete;
    PreparedRow& operator=(const PreparedRow&) = delete;
    bool compiles() const { return statement != nullptr; }
    bool step() { return statement != nullptr && sqlite3_step(statement) == SQLITE_ROW; }
    std::int64_t integer() const { return sqlite3_column_int64(statement, 0); }
    std::string text() const {
        const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        return data ? data : "";
    }
};

std::optional<std::int64_t> number(sqlite3* handle, const char* sql) {
    PreparedRow row(handle, sql);
    if (!row.step()) return std::nullopt;
    return row.integer();
}

std::unexpected<Failure> unusable(std::string sentence) {
    return fail(FailureCode::state_unusable, std::move(sentence));
}

std::unexpected<Failure> foreign(const std::string& path, std::int64_t version) {
    if (version > schema_version)
        return unusable(path + " was written by a newer davit (version " + std::to_string(version) +
                        " of its tables; this program knows up to " + std::to_string(schema_version) +
                        "): run that program, or restore the file that it kept.");
    return unusable(path + " has version " + std::to_string(version) +
                    " of its tables, which no davit has written: move the file away, and the server makes a new one.");
}

template <std::size_t count>
Result<void> check_shapes(sqlite3* handle, const std::string& path, const std::array<const char*, count>& shapes) {
    for (const auto* sql : shapes) {
        if (PreparedRow(handle, sql).compiles()) continue;
        const int code = sqlite3_errcode(handle);
        if (code != SQLITE_ERROR) return unusable_database(handle, path);
        return unusable(path +
                        " does not have the tables that its version promises (SQLite says: " + sqlite3_errmsg(handle) +
                        "): move the file away, and the server makes a new one without locks.");
    }
    return {};
}

std::unexpected<Failure> emptied(const std::string& path, const std::string& how) {
    return unusable(path + " " + how + ": the locks, the kept answers and the properties that were in it are gone. " +
                    "Restore it from a backup, or move it away together with state.db-wal and state.db-shm: the server "
                    "then makes a new one.");
}

/// The version of the database, checked against the known ones. 0: empty, in memory only.
Result<std::int64_t> known_version(sqlite3* handle, const std::string& path) {
    const auto version = number(handle, "PRAGMA user_version");
    if (!version) return unusable_database(handle, path);
    const auto objects = number(handle, "SELECT count(*) FROM sqlite_schema");
    if (!objects) return unusable_database(handle, path);
    if (*objects == 0 && !path.empty()) return emptied(path, "has no tables");
    if (*version == 0 && *objects == 0) return 0;
    if (*version < 1 || *version > schema_version) return foreign(path, *version);
    return *version;
}

Result<void> execute(sqlite3* handle, const std::string& path, const std::string& sql) {
    if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    auto failed = unusable_database(handle, path);
    if (sqlite3_get_autocommit(handle) == 0) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
    return failed;
}

bool sync_file(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    return file && ::fsync(file.get()) == 0;
}

/// The copy to which an operator returns with the older program.
Result<void> keep_copy(sqlite3* handle, const std::string& path, std::int64_t version) {
    const auto copy = path + ".version-" + std::to_string(version);
    if (::unlink(copy.c_str()) != 0 && errno != ENOENT) return unusable(copy + " is in the way: move it away.");
    std::unique_ptr<char, decltype([](char* text) { sqlite3_free(text); })> sql(
        sqlite3_mprintf("VACUUM INTO %Q", copy.c_str()));
    if (auto kept = execute(handle, path, sql.get()); !kept) return kept;
    ::chmod(copy.c_str(), 0600);
    if (!sync_file(copy)) return unusable("The copy of the old state database, " + copy + ", cannot be written.");
    return {};
}

Result<void> migrate(sqlite3* handle, const std::string& path) {
    if (auto shape = check_shapes(handle, path, shapes_of_version_1); !shape) return shape;
    if (!path.empty())
        if (auto kept = keep_copy(handle, path, 1); !kept) return kept;
    const std::string steps = std::string("BEGIN IMMEDIATE;") + tables_of_version_2 + from_version_1 + set_version;
    return execute(handle, path, steps + "; COMMIT;");
}

std::string sql_of_new_tables() {
    return std::string("BEGIN IMMEDIATE;") + tables + tables_of_version_2 + set_version + "; COMMIT;";
}

bool is_missing(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) != 0 && errno == ENOENT;
}

/// Checks the database's log. Without one the file is complete.
bool has_content(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && status.st_size > 0;
}

std::unexpected<Failure> not_made(const std::string& path, const char* call) {
    auto failed = unusable(path + " cannot be made.");
    failed.error().system = SystemError{errno, call};
    return failed;
}

/// Leaves no other file behind.
Result<void> make_database(const std::string& path) {
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    const Connection connection(opened);
    if (code != SQLITE_OK) return unusable_database(opened, path);
    return execute(opened, path, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;" + sql_of_new_tables());
}

bool is_worth_checking(const std::string& path) {
    struct stat status{};
    return !path.empty() && ::stat(path.c_str(), &status) == 0 && status.st_size <= largest_to_check;
}

Result<void> check_content(sqlite3* handle, const std::string& path) {
    if (!is_worth_checking(path)) return {};
    PreparedRow row(handle, "PRAGMA quick_check(1)");
    if (!row.step()) return unusable_database(handle, path);
    auto found = row.text();
    if (found == "ok") return {};
    std::ranges::replace(found, '\n', ' ');
    return unusable(path + " is damaged (SQLite says: " + found + "). " + "Restore it from a backup, or move it away " +
                    "together with state.db-wal and state.db-shm: the server then makes a new one, without the locks, "
                    "the kept answers and the properties that were in it.");
}

}  // namespace

std::unexpected<Failure> unusable_database(sqlite3* handle, const std::string& path) {
    const int code = handle ? sqlite3_errcode(handle) : SQLITE_NOMEM;
    const std::string words = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const auto said = path + " cannot be used (SQLite says: " + words + "). ";
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return unusable(said + "Another program holds it: end that program.");
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return unusable(said +
                        "It is damaged: restore it from a backup, or move it away together with state.db-wal and "
                        "state.db-shm: the server then makes a new one, without the locks, the kept answers and "
                        "the properties that were in it.");
    auto failed = unusable(said + "Look at its owner, its mode and the room on the disk.");
    const bool full = code == SQLITE_FULL || sqlite3_system_errno(handle) == ENOSPC ||
                      sqlite3_extended_errcode(handle) == SQLITE_IOERR_SHMSIZE;
    if (full) failed.error().system = SystemError{ENOSPC, "sqlite"};
    return failed;
}

Result<void> check_version(const std::string& path) {
    const bool has_log = has_content(path + "-wal");
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno != ENOENT || !has_log) return {};
        return unusable(path + " is missing, and its log, state.db-wal, holds changes that belong to it: restore the " +
                        "database, or move state.db-wal away too. The server then makes a new one, without the locks, "
                        "the kept answers and the properties that were in it.");
    }
    if (!S_ISREG(status.st_mode)) return unusable(path + " is not a regular file: move it away.");
    if (status.st_size == 0) return emptied(path, "is empty");
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    // Without a log the file is complete: it is read as it is, and no file is created beside it.
    std::string uri = "file:";
    for (const char c : path) {
        constexpr const char* digits = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '?' || c == '#' || c == '%')
            ((uri += '%') += digits[byte >> 4U]) += digits[byte & 15U];
        else
            uri += c;
    }
    if (!has_log) uri += "?immutable=1";
    const int code = sqlite3_open_v2(uri.c_str(), &opened, flags | SQLITE_OPEN_URI, nullptr);
    const Connection connection(opened);
    // If the file cannot be opened for reading, opening it for writing reports the error.
    if (code != SQLITE_OK) return {};
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const auto version = known_version(opened, path);
    const auto page = number(opened, "PRAGMA page_size").value_or(1);
    // A crash while a page is copied from the log can truncate the file; then the log still exists.
    const bool cut_off = !has_log && status.st_size % std::max<std::int64_t>(page, 1) != 0;
    if (version && cut_off) return emptied(path, "is cut off");
    if (version) return {};
    const int error = sqlite3_errcode(opened);
    if (error == SQLITE_FULL || error == SQLITE_IOERR || error == SQLITE_CANTOPEN || error == SQLITE_BUSY) return {};
    return std::unexpected(version.error());
}

Result<void> make_when_missing(const std::string& path) {
    if (!is_missing(path)) return {};
    const auto made = path + ".new";
    for (const char* name : {"", "-journal", "-wal", "-shm"}) ::unlink((made + name).c_str());
    if (auto done = make_database(made); !done) return done;
    if (!sync_file(made)) return not_made(path, "fsync");
    return ::rename(made.c_str(), path.c_str()) == 0 ? Result<void>() : not_made(path, "rename");
}

Result<void> prepare_schema(sqlite3* handle, const std::string& path) {
    const auto version = known_version(handle, path);
    if (!version) return std::unexpected(version.error());
    if (*version == 0) return execute(handle, path, sql_of_new_tables());
    if (auto sound = check_content(handle, path); !sound) return sound;
    if (*version == 1)
        if (auto migrated = migrate(handle, path); !migrated) return migrated;
    return check_shapes(handle, path, shapes_of_version_2);
}

}  // namespace davit::fs
