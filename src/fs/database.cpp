#include "database.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

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
    const int number = handle ? sqlite3_system_errno(handle) : 0;
    auto error = code == SQLITE_FULL ? fail(FailureCode::no_space, "The disk is full.")
                                     : fail(FailureCode::io_error, "The server's state database reports an error.");
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
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

sqlite3_stmt* Database::prepare(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(handle_));
    return statement;
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return failure(handle_);
}

Result<void> Database::perform(const Job& job) {
    Result<void> result;
    sqlite3_stmt* prepared = nullptr;
    try {
        prepared = prepare(job.sql);
        Statement statement(prepared);
        job.use(statement);
    } catch (const std::runtime_error&) {
        result = failure(handle_);
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    return result;
}

/// A statement that fails takes only itself back; a commit that fails takes all of them.
void Database::perform_together(const std::vector<Job*>& jobs) {
    const bool several = jobs.size() > 1;
    const auto begun = several ? execute("BEGIN") : Result<void>();
    for (auto* job : jobs) job->result = begun ? perform(*job) : begun;
    if (!several || !begun) return;
    const auto committed = execute("COMMIT");
    if (committed) return;
    if (sqlite3_get_autocommit(handle_) == 0) (void)execute("ROLLBACK");
    for (auto* job : jobs)
        if (job->result) job->result = committed;
}

/// Ends a turn: its jobs' threads go on, and one of those that have come meanwhile leads the next.
void Database::hand_over(const std::vector<Job*>& jobs, const Job& leader) {
    // Under the mutex: a job is gone as soon as its thread goes on.
    const std::lock_guard guard(mutex_);
    for (auto* job : jobs) {
        job->state = Job::State::done;
        if (job != &leader) job->woken.notify_one();
    }
    busy_ = !waiting_.empty();
    if (!busy_) return;
    waiting_.front()->state = Job::State::leads;
    waiting_.front()->woken.notify_one();
}

Result<void> Database::run(const char* sql, const std::function<void(Statement&)>& use) {
    Job job(sql, use);
    std::unique_lock guard(mutex_);
    waiting_.push_back(&job);
    if (std::exchange(busy_, true)) {
        job.woken.wait(guard, [&] { return job.state != Job::State::waiting; });
        if (job.state == Job::State::done) return std::move(job.result);
    }
    const auto jobs = std::exchange(waiting_, {});
    guard.unlock();
    perform_together(jobs);
    hand_over(jobs, job);
    return std::move(job.result);
}

}  // namespace davit::fs
