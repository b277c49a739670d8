#include "database.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <system_error>
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
    // Of other failures it would be the number of an earlier one.
    const int number = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(handle) : 0;
    auto error = fail(FailureCode::io_error, "The server's state database reports an error.");
    if (code == SQLITE_FULL) error = fail(FailureCode::no_space, "The disk is full.");
    if (code == SQLITE_NOMEM) error = fail(FailureCode::out_of_memory, "The server is short of memory at the moment.");
    error.error().system = SystemError{number, "sqlite"};
    return error;
}

bool has_transaction(sqlite3* handle) {
    return sqlite3_get_autocommit(handle) == 0;
}

/// A commit failed at its last step.
bool is_in_doubt(sqlite3* handle) {
    return !has_transaction(handle) && sqlite3_extended_errcode(handle) == SQLITE_IOERR_FSYNC;
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
    finish();
    settle();
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

/// A commit whose fsync failed is taken back by SQLite, but its pages are in the log behind the end and would count
/// after a crash. The next commit overwrites them, so one is made that changes nothing.
bool Database::annul() {
    return sqlite3_exec(handle_, "PRAGMA user_version = 1", nullptr, nullptr, nullptr) == SQLITE_OK;
}

/// A statement outside of a transaction commits itself.
Result<void> Database::perform(const Job& job) {
    sqlite3_stmt* prepared = nullptr;
    Result<void> result;
    try {
        prepared = prepare(job.sql);
        Statement statement(prepared);
        job.use(statement);
    } catch (const std::exception& error) {
        sqlite3_reset(prepared);  // only now its error is complete
        const bool in_doubt = is_in_doubt(handle_);
        result = failure(handle_);
        if (in_doubt && !annul()) result.error().changed = Changed::unknown;
        if (dynamic_cast<const std::bad_alloc*>(&error)) result.error().code = FailureCode::out_of_memory;
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    return result;
}

Result<void> Database::commit() {
    auto done = execute("COMMIT");
    if (done) return done;
    const bool in_doubt = is_in_doubt(handle_);
    if (has_transaction(handle_)) (void)execute("ROLLBACK");
    if (in_doubt && !annul()) done.error().changed = Changed::unknown;
    return done;
}

/// What seemed to go well did not.
void Database::take_back(std::span<Job* const> jobs, const Failure& failure) {
    for (auto* job : jobs)
        if (job->result) job->result = std::unexpected(failure);
}

/// One transaction for all. A statement that fails takes only itself back; a commit that fails takes all of them, and
/// so do the failures upon which SQLite ends the transaction by itself, such as a full disk.
void Database::perform_together(std::span<Job* const> jobs) {
    if (jobs.size() < 2) {
        for (auto* job : jobs) job->result = perform(*job);
        return;
    }
    const auto begun = execute("BEGIN");
    if (!begun) return take_back(jobs, begun.error());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        jobs[i]->result = perform(*jobs[i]);
        if (has_transaction(handle_)) continue;
        take_back(jobs.first(i), jobs[i]->result.error());
        return perform_together(jobs.subspan(i + 1));
    }
    if (const auto committed = commit(); !committed) take_back(jobs, committed.error());
}

void Database::perform_owed(std::vector<Owed>& owed) {
    std::erase_if(owed, [this](const Owed& each) { return perform({each.sql, each.use}).has_value(); });
}

/// What is left are those that threads wait for.
Database::Told Database::tell_submitted(std::vector<Job*>& jobs) noexcept {
    Told told;
    std::erase_if(jobs, [&](Job* job) {
        if (!job->submitted) return false;
        auto& each = told.emplace_back(static_cast<Submission*>(job));
        each->then(std::move(each->result));
        return true;
    });
    return told;
}

/// For those that submitted them, when they come again. Freed by this thread they would keep it and theirs waiting for
/// each other in the allocator: half of all waits, when LOCK and UNLOCK come as fast as they can. What is left over
/// would be too much.
void Database::keep_told(Told& told) {
    if (told_.empty()) told_.swap(told);
    while (!told.empty() && told_.size() < most_told) {
        told_.push_back(std::move(told.back()));
        told.pop_back();
    }
}

void Database::wake_leader() {
    busy_ = !waiting_.empty();
    if (!busy_) return rest_.notify_all();
    auto& first = *waiting_.front();
    if (first.submitted) {
        called_ = true;
        call_.notify_one();
    } else {
        first.state = Job::State::leads;
        first.woken.notify_one();
    }
}

/// One thread leads: it works with the connection for all that have come so far. Then their threads go on, and one of
/// those that have come meanwhile leads the next turn, or the database's own thread when nobody waits for the first of
/// them. Jobs are touched under the mutex only: one is gone as soon as its thread goes on.
void Database::lead(std::unique_lock<std::mutex>& guard) {
    auto jobs = std::exchange(waiting_, {});
    auto owed = std::exchange(owed_, {});
    guard.unlock();
    perform_owed(owed);
    perform_together(jobs);
    auto told = tell_submitted(jobs);
    if (told.size() > most_told) told.resize(most_told);
    guard.lock();
    keep_told(told);
    for (auto& each : owed) owed_.push_back(std::move(each));
    for (auto* job : jobs) {
        job->state = Job::State::done;
        job->woken.notify_one();
    }
    wake_leader();
    if (told.empty()) return;
    guard.unlock();
    told.clear();
    guard.lock();
}

void Database::lead_when_called(const std::stop_token& stop) {
    std::unique_lock guard(mutex_);
    while (call_.wait(guard, stop, [this] { return called_; })) {
        called_ = false;
        lead(guard);
    }
}

/// Under the mutex. Started when it is first needed, by whoever needs it: it may do what that thread may (Landlock).
bool Database::has_leader() {
    if (leader_.joinable()) return true;
    try {
        leader_ = std::jthread([this](const std::stop_token& stop) { lead_when_called(stop); });
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

void Database::submit(const char* sql, Use use, Then then) {
    auto job = std::make_unique<Submission>(sql, std::move(use), std::move(then));
    Told told;  // goes when the mutex is free
    std::unique_lock guard(mutex_);
    told.swap(told_);
    if (!has_leader()) {
        guard.unlock();
        return job->then(run(sql, job->own_use));
    }
    waiting_.push_back(job.get());
    (void)job.release();
    if (!busy_) wake_leader();
}

void Database::finish() {
    if (!leader_.joinable()) return;
    Told told;
    std::unique_lock guard(mutex_);
    rest_.wait(guard, [this] { return !busy_; });
    told.swap(told_);
    guard.unlock();
    leader_.request_stop();
    leader_.join();
}

Result<void> Database::run(const char* sql, const Use& use) {
    Job job(sql, use);
    std::unique_lock guard(mutex_);
    waiting_.push_back(&job);
    if (std::exchange(busy_, true)) job.woken.wait(guard, [&] { return job.state != Job::State::waiting; });
    if (job.state != Job::State::done) lead(guard);
    return std::move(job.result);
}

void Database::insist(const char* sql, Use use) {
    constexpr int tries = 2;
    for (int i = 0; i < tries; ++i)
        if (run(sql, use)) return;
    const std::lock_guard guard(mutex_);
    owed_.push_back({sql, std::move(use)});
}

bool Database::settle() {
    const auto nothing_owed = [this] {
        const std::lock_guard guard(mutex_);
        return owed_.empty();
    };
    if (nothing_owed()) return true;
    // Any statement will do: what is owed goes before it.
    (void)run("SELECT 1", [](Statement& statement) { statement.step(); });
    return nothing_owed();
}

}  // namespace davit::fs
