#include "database.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace davit::fs {
namespace {

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS lock(
  token TEXT PRIMARY KEY, root BLOB NOT NULL, collection INTEGER NOT NULL, shared INTEGER NOT NULL,
  infinity INTEGER NOT NULL, owner BLOB NOT NULL, principal BLOB NOT NULL, timeout INTEGER NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL, client BLOB NOT NULL, request_id BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attribute(
  device INTEGER NOT NULL, inode INTEGER NOT NULL, born INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(device, inode)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intent(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, path BLOB NOT NULL, inode INTEGER NOT NULL,
  mode INTEGER NOT NULL, modified INTEGER NOT NULL, digest INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency(
  principal BLOB NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL, begun INTEGER NOT NULL, status INTEGER NOT NULL,
  fields BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(principal, key));
PRAGMA user_version = 1;
)";

std::unexpected<Failure> failure(sqlite3* handle) {
    const int code = handle ? sqlite3_errcode(handle) : SQLITE_NOMEM;
    // Of other failures it would be the number of an earlier one.
    const int number = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(handle) : 0;
    auto error = fail(FailureCode::io_error, "The server's state database reports an error.");
    if (code == SQLITE_FULL) error = fail(FailureCode::no_space, "The disk is full.");
    error.error().system = SystemError{number, "sqlite"};
    return error;
}

/// Waits 10 s for a reader such as a backup before it gives up.
constexpr int busy_milliseconds = 10000;

}  // namespace

Statement& Statement::bind(int index, std::string_view value) {
    sqlite3_bind_blob64(statement_, index, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw std::runtime_error("sqlite3_step");
    return false;
}

std::string Statement::text(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, bool durable) {
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Database> database(new Database(handle));
    if (code != SQLITE_OK) return failure(handle);
    sqlite3_busy_timeout(handle, busy_milliseconds);
    const std::string set_up =
        std::string("PRAGMA journal_mode=WAL; PRAGMA synchronous=") + (durable ? "FULL;" : "OFF;") + schema;
    if (sqlite3_exec(handle, set_up.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure(handle);
    return database;
}

Database::~Database() {
    settle_owed();
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

sqlite3_stmt* Database::prepare(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(handle_));
    return statement;
}

/// A commit whose fsync failed is taken back by SQLite, but its pages are in the log behind the end and would count
/// after a crash. The next commit overwrites them, so one is made that changes nothing.
bool Database::annul() {
    return sqlite3_exec(handle_, "PRAGMA user_version = 1", nullptr, nullptr, nullptr) == SQLITE_OK;
}

Result<void> Database::run(const char* sql, const std::function<void(Statement&)>& use) {
    const std::lock_guard guard(mutex_);
    settle_owed();
    return run_one(sql, use);
}

void Database::insist(const char* sql, std::function<void(Statement&)> use) {
    const std::lock_guard guard(mutex_);
    owed_.push_back({sql, std::move(use)});
    if (!settle_owed()) settle_owed();
}

bool Database::settle() {
    const std::lock_guard guard(mutex_);
    return settle_owed();
}

bool Database::settle_owed() {
    std::erase_if(owed_, [this](const Owed& owed) { return run_one(owed.sql, owed.use).has_value(); });
    return owed_.empty();
}

Result<void> Database::run_one(const char* sql, const std::function<void(Statement&)>& use) {
    sqlite3_stmt* prepared = nullptr;
    try {
        prepared = prepare(sql);
        Statement statement(prepared);
        use(statement);
    } catch (const std::runtime_error&) {
        sqlite3_reset(prepared);  // only now its error is complete
        auto error = failure(handle_);
        const bool in_doubt = sqlite3_extended_errcode(handle_) == SQLITE_IOERR_FSYNC;
        sqlite3_clear_bindings(prepared);
        if (in_doubt && !annul()) error.error().changed = Changed::unknown;
        return error;
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    return {};
}

}  // namespace davit::fs
