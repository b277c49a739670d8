#pragma once
// The part of SQLite that the state directory needs. The only user of sqlite3.h.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "davit/core/failure.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace davit::fs {

/// A running prepared statement. Columns count from 0 and parameters from 1, as in SQLite.
class Statement {
public:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Statement& bind(int index, std::string_view value);
    Statement& bind(int index, std::int64_t value);
    bool step();  ///< true while there is a row; throws std::runtime_error
    std::string text(int column) const;
    std::int64_t integer(int column) const;

private:
    sqlite3_stmt* statement_;
};

/// The effect of a change on disk space. A change that frees space may use the reserve (reserve.hpp).
enum class Purpose : std::uint8_t { takes, gives_back };

/// One transaction. Prepares each literal once. Throws std::runtime_error, which rolls the transaction back.
class Session {
public:
    using Use = std::function<void(Statement&)>;
    virtual void run(const char* sql, const Use& use) = 0;

protected:
    ~Session() = default;
};

/// One connection for all threads. While one transaction is being made durable, the requests of other threads collect
/// and share the next transaction, so all of them wait for the disk once. run() returns after the change is durable,
/// unless the database was opened without durability.
///
/// When another program holds the database, no caller waits inside SQLite. The database's own thread retries the
/// statement, before all later ones, until it succeeds or its patience is over. Its caller then gets database_busy.
/// Reads continue meanwhile.
class Database {
public:
    /// Creates the file and its tables when they are missing; migrates those of an older version (schema.hpp). An empty
    /// path: in memory. The thread that uses the connection calls `on_full` when the disk is full; it returns true
    /// after it has freed space, so that a retry is worthwhile. Called when opening, and for changes that free space,
    /// which includes every DELETE.
    using OnFull = std::function<bool()>;
    static Result<std::unique_ptr<Database>> open(const std::string& path, bool durable, OnFull on_full = nullptr);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    using Use = Session::Use;
    /// Prepares the statement (once for each literal), passes it to `use`, resets it. SQLite's failures become
    /// no_space, io_error or database_busy. `use` may run on another thread that waits in run(), and may run again when
    /// the database was busy before the first row.
    Result<void> run(const char* sql, const Use& use);

    using Work = std::function<void(Session&)>;
    /// The same for several statements as one transaction. `work` may run several times.
    Result<void> transact(const Work& work, Purpose purpose = Purpose::takes);

    using Then = std::move_only_function<void(Result<void>)>;
    /// Non-blocking variant: calls `then` once with the result of run(), on the database's own thread or on a thread
    /// that waits in run(), before later statements run. If the system gives no thread, it calls `then` before it
    /// returns. `then` must not block, because later statements wait for it. An exception from it ends the program.
    /// `use` must own what it binds. `use` and `then` may be destroyed as late as the next submit() of any thread, or
    /// finish().
    void submit(const char* sql, Use use, Then then);
    /// Waits for all submitted work. Call no submit() afterwards.
    void finish();

    /// For a change that must follow something that has already happened. If refused, it is retried before every later
    /// statement and at the end. `work` must own what it binds, and may run several times.
    void insist(const char* sql, Use use);
    void insist(Work work, Purpose purpose = Purpose::takes);
    /// Retries pending work. Returns true when none is left.
    bool settle();

    /// Writes the log into the file and empties it, if there were no calls since the last one.
    void truncate_log_when_idle();

private:
    using Clock = std::chrono::steady_clock;
    struct Job {
        Job(const Work& w, Purpose p, bool s) : work(w), purpose(p), single(s) {}
        const Work& work;
        const Purpose purpose;
        const bool single;  ///< one statement, which commits by itself
        Result<void> result;
        enum class State : std::uint8_t { waiting, leads, done } state = State::waiting;
        std::condition_variable woken;  ///< one for each job, so that a job wakes only its own thread
        bool submitted = false;         ///< no thread waits for it: it is a Submission
        bool blocked = false;           ///< another program held the database when it was tried
        Clock::time_point patience{};   ///< retried until then; set when the job is first blocked
    };
    struct Submission : Job {
        Submission(Work w, Purpose p, Then t) : Job(own_work, p, true), own_work(std::move(w)), then(std::move(t)) {
            submitted = true;
        }
        Work own_work;
        Then then;
    };
    struct Owed {
        Work work;
        Purpose purpose;
        bool single;
    };
    class Connected;
    enum class Memory : std::uint8_t { shared, own };
    static Result<std::unique_ptr<Database>> connect(const std::string& path, bool durable, Memory memory);
    using Told = std::vector<std::unique_ptr<Submission>>;
    static constexpr std::size_t most_told = 256;
    explicit Database(sqlite3* handle) : handle_(handle) {}
    sqlite3_stmt* prepare(const char* sql);
    void run_here(const char* sql, const Use& use);
    Result<void> execute(const char* sql);
    Result<void> await(Job& job);
    Result<void> perform(const Job& job);
    Result<void> perform_single(const Work& work);
    Result<void> perform_whole(const Work& work);
    void insist(Owed owed);
    Result<void> commit();
    void perform_together(std::span<Job* const> jobs);
    void perform_owed(std::vector<Owed>& owed);
    void perform_with_reserve(std::span<Job* const> jobs);
    std::vector<Job*> put_off(std::unique_lock<std::mutex>& guard, std::vector<Job*>& jobs);
    void lead(std::unique_lock<std::mutex>& guard);
    static Told tell_submitted(std::vector<Job*>& jobs) noexcept;
    void keep_told(Told& told);
    void wake_leader();
    bool has_leader();
    void lead_when_called(const std::stop_token& stop);
    bool annul();
    static void take_back(std::span<Job* const> jobs, const Failure& failure);

    std::mutex mutex_;
    std::vector<Job*> waiting_;
    std::vector<Job*> blocked_;  ///< retried before `waiting_`
    Clock::time_point blocked_since_{};
    std::vector<Owed> owed_;
    Told told_;          ///< at most most_told
    bool busy_ = false;  ///< a thread is using the connection
    sqlite3* handle_;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;  ///< by address of the literal
    OnFull on_full_;
    bool used_ = false;             ///< since the last truncate_log_when_idle()
    bool truncated_ = false;        ///< by it, and not used since
    std::condition_variable rest_;  ///< no thread is busy and no job is blocked
    bool called_ = false;           ///< the leader thread must run submitted jobs
    std::condition_variable_any call_;
    std::jthread leader_;  ///< runs submitted and blocked jobs; the first of them starts it
};

}  // namespace davit::fs
