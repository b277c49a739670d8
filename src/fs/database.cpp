#include "database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "errors.hpp"
#include "schema.hpp"
#include "unique_fd.hpp"
#include "write_ahead_log.hpp"

namespace davit::fs {
namespace {

/// How long a caller waits for another program that holds the database; and how long after that callers are refused at
/// once.
constexpr std::chrono::milliseconds patience{1000};
constexpr std::chrono::milliseconds short_patience{100};
/// Between two tries.
constexpr std::chrono::milliseconds retry_pause{10};
/// At the start no request is waiting.
constexpr int start_patience_milliseconds = 2000;
constexpr std::chrono::seconds retry_after{2};

std::unexpected<Failure> failure(sqlite3* handle) {
    const int code = handle ? sqlite3_errcode(handle) : SQLITE_NOMEM;
    // For other failures errno would belong to an earlier one.
    const int number = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(handle) : 0;
    auto error = fail(FailureCode::database_error, "The server's state database reports an error.");
    if (code == SQLITE_FULL) error = fail(FailureCode::no_space, "The disk is full.");
    if (code == SQLITE_NOMEM) error = fail(FailureCode::out_of_memory, "The server is short of memory at the moment.");
    if (code == SQLITE_BUSY) {
        error = fail(FailureCode::database_busy, "Another program holds the server's state database.");
        error.error().retry_after = retry_after;
    }
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        error.error().sentence =
            std::string("The server's state database, .davit/state.db, is damaged (SQLite says: ") +
            sqlite3_errmsg(handle) + "). Its operator has to restore it or to move it away.";
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

/// SQLite also reports a read that failed with EIO as damage. Until a ROLLBACK, the open transaction then refuses every
/// change.
bool refuses_changes(sqlite3* handle) {
    return sqlite3_errcode(handle) == SQLITE_CORRUPT;
}

bool is_full(const Failure& failure) {
    return failure.system && failure.system->number == ENOSPC;
}

/// SQLite ignores a failure to sync the directory of a new log: a crash could then remove the log's name and lose the
/// changes.
Result<void> sync_folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto name = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const UniqueFd folder(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return system_error("open");
    return ::fsync(folder.get()) == 0 ? Result<void>() : system_error("fsync");
}

/// Runs a statement at the start, before there is a Database.
bool set_up(sqlite3* handle, const std::string& sql) {
    return sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace

Statement& Statement::bind(int index, std::string_view value) {
    const auto* data = value.data() ? value.data() : "";
    if (sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_TRANSIENT) != SQLITE_OK)
        throw std::runtime_error("sqlite3_bind_blob64");
    return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK) throw std::runtime_error("sqlite3_bind_int64");
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

/// With `memory` own, this process keeps the log's index without a file, so other processes cannot open the database
/// meanwhile.
Result<std::unique_ptr<Database>> Database::connect(const std::string& path, bool durable, Memory memory) {
    if (!path.empty())
        if (auto made = make_when_missing(path); !made) return std::unexpected(std::move(made.error()));
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    const int code = sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Database> database(new Database(handle));
    if (code != SQLITE_OK) return unusable_database(handle, path);
    sqlite3_busy_timeout(handle, start_patience_milliseconds);
    const std::string settings =
        std::string(memory == Memory::own ? "PRAGMA locking_mode=EXCLUSIVE;" : "") +
        "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=4194304; PRAGMA temp_store=MEMORY;" +
        "PRAGMA synchronous=" + (durable ? "FULL" : "OFF");
    if (!set_up(handle, settings)) return unusable_database(handle, path);
    if (auto prepared = prepare_schema(handle, path); !prepared) return std::unexpected(std::move(prepared.error()));
    if (durable && !path.empty())
        if (auto synced = sync_folder_of(path); !synced) return std::unexpected(std::move(synced.error()));
    sqlite3_busy_timeout(handle, 0);
    return database;
}

/// On a full disk even opening the file needs space, for the index of its log. That comes from the reserve, or the
/// index stays in memory.
Result<std::unique_ptr<Database>> Database::open(const std::string& path, bool durable, OnFull on_full) {
    if (!path.empty()) {
        if (auto readable = check_log(path); !readable) return std::unexpected(std::move(readable.error()));
        if (auto known = check_version(path); !known) return std::unexpected(std::move(known.error()));
    }
    auto database = connect(path, durable, Memory::shared);
    if (!database && is_full(database.error()) && on_full && on_full())
        database = connect(path, durable, Memory::shared);
    if (!database && is_full(database.error())) database = connect(path, durable, Memory::own);
    if (database) (*database)->on_full_ = std::move(on_full);
    return database;
}

Database::~Database() {
    finish();
    settle();
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

/// The connection as work functions see it.
class Database::Connected final : public Session {
public:
    explicit Connected(Database& database) : database_(database) {}
    void run(const char* sql, const Use& use) override { database_.run_here(sql, use); }

private:
    Database& database_;
};

sqlite3_stmt* Database::prepare(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(handle_));
    if (!statement) throw std::runtime_error("an empty statement");
    return statement;
}

/// The error of a step is complete only after the statement has been reset.
void Database::run_here(const char* sql, const Use& use) {
    struct Reset {
        sqlite3_stmt* prepared;
        ~Reset() {
            sqlite3_reset(prepared);
            sqlite3_clear_bindings(prepared);
        }
    };
    const Reset reset{prepare(sql)};
    Statement statement(reset.prepared);
    use(statement);
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return failure(handle_);
}

/// When a commit's fsync fails, SQLite rolls the commit back, but its pages lie in the log behind the end and would
/// count after a crash. The next commit overwrites them, so annul() commits an empty change.
bool Database::annul() {
    return sqlite3_exec(handle_, empty_change, nullptr, nullptr, nullptr) == SQLITE_OK;
}

Result<void> Database::perform(const Job& job) {
    return job.single ? perform_single(job.work) : perform_whole(job.work);
}

/// A statement outside of a transaction commits itself.
Result<void> Database::perform_single(const Work& work) {
    Connected connected(*this);
    try {
        work(connected);
        return {};
    } catch (const std::exception& error) {
        const bool in_doubt = is_in_doubt(handle_);
        Result<void> result = failure(handle_);
        if (in_doubt && !annul()) result.error().changed = Changed::unknown;
        if (dynamic_cast<const std::bad_alloc*>(&error)) result.error().code = FailureCode::out_of_memory;
        if (has_transaction(handle_) && refuses_changes(handle_)) (void)execute("ROLLBACK");
        return result;
    }
}

/// Runs in a transaction of its own, or as a part of the open one. If the part cannot be undone, the whole transaction
/// is rolled back: if it stayed open, it would include all later changes and lose them.
Result<void> Database::perform_whole(const Work& work) {
    const bool part = has_transaction(handle_);
    if (auto begun = execute("SAVEPOINT work"); !begun) return begun;
    Connected connected(*this);
    try {
        work(connected);
    } catch (const std::exception& error) {
        Result<void> result = failure(handle_);
        if (dynamic_cast<const std::bad_alloc*>(&error)) result.error().code = FailureCode::out_of_memory;
        const bool undone = part && execute("ROLLBACK TO work") && execute("RELEASE work");
        if (!undone && has_transaction(handle_)) (void)execute("ROLLBACK");
        return result;
    }
    if (!part) return commit();
    auto released = execute("RELEASE work");
    if (!released && has_transaction(handle_)) (void)execute("ROLLBACK");
    return released;
}

Result<void> Database::commit() {
    auto done = execute("COMMIT");
    if (done) return done;
    const bool in_doubt = is_in_doubt(handle_);
    if (has_transaction(handle_)) (void)execute("ROLLBACK");
    if (in_doubt && !annul()) done.error().changed = Changed::unknown;
    return done;
}

/// Replaces the success of these jobs by the failure.
void Database::take_back(std::span<Job* const> jobs, const Failure& failure) {
    for (auto* job : jobs)
        if (job->result) job->result = std::unexpected(failure);
}

/// One transaction for all jobs. A statement that fails undoes only itself. A failed commit undoes all jobs, and so
/// does a failure on which SQLite ends the transaction, such as a full disk.
void Database::perform_together(std::span<Job* const> jobs) {
    if (jobs.size() < 2) {
        for (auto* job : jobs) job->result = perform(*job);
        return;
    }
    const auto begun = execute("BEGIN");
    if (!begun) {
        for (auto* job : jobs) job->result = begun;
        return;
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        jobs[i]->result = perform(*jobs[i]);
        if (has_transaction(handle_)) continue;
        if (!jobs[i]->result) take_back(jobs.first(i), jobs[i]->result.error());
        return perform_together(jobs.subspan(i + 1));
    }
    if (const auto committed = commit(); !committed) take_back(jobs, committed.error());
}

/// On a full disk, changes that free space are tried again after the reserve has been given up.
void Database::perform_with_reserve(std::span<Job* const> jobs) {
    std::vector<Job*> refused;
    for (auto* job : jobs)
        if (!job->result && job->result.error().code == FailureCode::no_space && job->purpose == Purpose::gives_back)
            refused.push_back(job);
    if (!refused.empty() && on_full_ && on_full_()) perform_together(refused);
}

void Database::perform_owed(std::vector<Owed>& owed) {
    std::erase_if(owed, [this](const Owed& each) {
        Job job(each.work, each.purpose, each.single);
        auto* one = &job;
        perform_together({&one, 1});
        perform_with_reserve({&one, 1});
        return job.result.has_value();
    });
}

/// Removes the jobs that another program blocked and that have patience left.
std::vector<Database::Job*> Database::put_off(std::unique_lock<std::mutex>& guard, std::vector<Job*>& jobs) {
    std::vector<Job*> blocked;
    const auto is_busy = [](const Job& job) {
        return !job.result && job.result.error().code == FailureCode::database_busy;
    };
    if (std::ranges::none_of(jobs, [&](const Job* job) { return is_busy(*job); })) return blocked;
    guard.lock();
    const bool can_wait = has_leader();
    guard.unlock();
    if (!can_wait) return blocked;
    const auto now = Clock::now();
    if (blocked_since_ == Clock::time_point()) blocked_since_ = now;
    std::erase_if(jobs, [&](Job* job) {
        if (!is_busy(*job)) return false;
        if (!job->blocked) job->patience = now + (now - blocked_since_ < patience ? patience : short_patience);
        job->blocked = true;
        if (now >= job->patience) return false;
        blocked.push_back(job);
        return true;
    });
    return blocked;
}

/// The remaining jobs are those that threads wait for.
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

/// Kept for the submitting threads, which free them at their next call. If this thread freed them, it and they would
/// contend in the allocator. Entries above the limit are freed here.
void Database::keep_told(Told& told) {
    if (told_.empty()) told_.swap(told);
    while (!told.empty() && told_.size() < most_told) {
        told_.push_back(std::move(told.back()));
        told.pop_back();
    }
}

void Database::wake_leader() {
    busy_ = !waiting_.empty();
    if (!busy_ && blocked_.empty()) return rest_.notify_all();
    if (!busy_) return call_.notify_one();
    auto& first = *waiting_.front();
    if (first.submitted) {
        called_ = true;
        call_.notify_one();
    } else {
        first.state = Job::State::leads;
        first.woken.notify_one();
    }
}

/// One thread leads: it runs all jobs that have arrived. Then their threads continue, and one of the threads that have
/// arrived meanwhile leads next, or the database's own thread when no thread waits for the first of these jobs. Jobs
/// are accessed under the mutex only, because a job ends as soon as its thread continues.
void Database::lead(std::unique_lock<std::mutex>& guard) {
    auto jobs = std::exchange(blocked_, {});
    jobs.insert(jobs.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
    for (auto* job : jobs) job->state = Job::State::waiting;
    auto owed = std::exchange(owed_, {});
    used_ = true;
    truncated_ = false;
    guard.unlock();
    const auto changes = sqlite3_total_changes(handle_);
    perform_owed(owed);
    perform_together(jobs);
    perform_with_reserve(jobs);
    if (sqlite3_total_changes(handle_) != changes) blocked_since_ = {};
    auto blocked = put_off(guard, jobs);
    auto told = tell_submitted(jobs);
    if (told.size() > most_told) told.resize(most_told);
    guard.lock();
    keep_told(told);
    for (auto& each : owed) owed_.push_back(std::move(each));
    blocked_.insert(blocked_.begin(), blocked.begin(), blocked.end());
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

/// The leader thread also owns blocked jobs: it retries them while no other thread leads.
void Database::lead_when_called(const std::stop_token& stop) {
    std::unique_lock guard(mutex_);
    while (call_.wait(guard, stop, [this] { return called_ || !blocked_.empty(); })) {
        if (!called_) call_.wait_for(guard, stop, retry_pause, [this] { return called_; });
        if (called_) {
            called_ = false;
            lead(guard);
        } else if (!busy_ && !blocked_.empty()) {
            busy_ = true;
            lead(guard);
        }
    }
}

/// The caller holds the mutex. The first thread that needs the leader starts it, so the leader has that thread's
/// Landlock rights.
bool Database::has_leader() {
    if (leader_.joinable()) return true;
    try {
        leader_ = std::jthread([this](const std::stop_token& stop) { lead_when_called(stop); });
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

namespace {

bool is_deletion(const char* sql) {
    return std::string_view(sql).starts_with("DELETE");
}

Purpose purpose_of(const char* sql) {
    return is_deletion(sql) ? Purpose::gives_back : Purpose::takes;
}

}  // namespace

void Database::submit(const char* sql, Use use, Then then) {
    auto work = [sql, use = std::move(use)](Session& session) { session.run(sql, use); };
    auto job = std::make_unique<Submission>(std::move(work), purpose_of(sql), std::move(then));
    Told told;  // destroyed after the mutex is free
    std::unique_lock guard(mutex_);
    told.swap(told_);
    if (!has_leader()) {
        guard.unlock();
        Job own(job->own_work, job->purpose, true);
        return job->then(await(own));
    }
    waiting_.push_back(job.get());
    (void)job.release();
    if (!busy_) wake_leader();
}

void Database::finish() {
    std::unique_lock guard(mutex_);
    if (!leader_.joinable()) return;
    Told told;
    rest_.wait(guard, [this] { return !busy_ && blocked_.empty(); });
    told.swap(told_);
    guard.unlock();
    leader_.request_stop();
    leader_.join();
}

Result<void> Database::await(Job& job) {
    std::unique_lock guard(mutex_);
    waiting_.push_back(&job);
    if (!std::exchange(busy_, true)) job.state = Job::State::leads;
    while (job.state != Job::State::done) {
        if (job.state == Job::State::leads)
            lead(guard);
        else
            job.woken.wait(guard);
    }
    return std::move(job.result);
}

Result<void> Database::run(const char* sql, const Use& use) {
    const Work work = [&](Session& session) { session.run(sql, use); };
    Job job(work, purpose_of(sql), true);
    return await(job);
}

Result<void> Database::transact(const Work& work, Purpose purpose) {
    Job job(work, purpose, false);
    return await(job);
}

void Database::insist(const char* sql, Use use) {
    insist(Owed{[sql, use = std::move(use)](Session& session) { session.run(sql, use); }, purpose_of(sql), true});
}

void Database::insist(Work work, Purpose purpose) {
    insist(Owed{std::move(work), purpose, false});
}

void Database::insist(Owed owed) {
    constexpr int tries = 2;
    for (int i = 0; i < tries; ++i) {
        Job job(owed.work, owed.purpose, owed.single);
        const auto done = await(job);
        if (done) return;
        if (done.error().code == FailureCode::database_busy) break;  // its patience is over
    }
    const std::lock_guard guard(mutex_);
    owed_.push_back(std::move(owed));
}

bool Database::settle() {
    const auto nothing_owed = [this] {
        const std::lock_guard guard(mutex_);
        return owed_.empty();
    };
    if (nothing_owed()) return true;
    // Any statement will do: pending work runs before it.
    (void)run("SELECT 1", [](Statement& statement) { statement.step(); });
    return nothing_owed();
}

void Database::truncate_log_when_idle() {
    {
        const std::lock_guard guard(mutex_);
        if (std::exchange(used_, false) || truncated_) return;
    }
    const auto done = run("PRAGMA wal_checkpoint(TRUNCATE)", [](Statement& statement) { statement.step(); });
    const std::lock_guard guard(mutex_);
    truncated_ = done.has_value();
    used_ = false;
}

}  // namespace davit::fs
