#pragma once
// SQLite, as much of it as the state folder needs. The only user of sqlite3.h.
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

/// A prepared statement while it runs. Columns and parameters count from SQLite's own bases: 0 and 1.
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

/// One connection for all threads. What threads ask for while another's transaction is being made durable goes into the
/// next one together: one wait for the disk for all of them. Everything is durable when run() returns, unless opened
/// without durability.
class Database {
public:
    /// Creates the file and its tables when they are missing. An empty path: in memory.
    static Result<std::unique_ptr<Database>> open(const std::string& path, bool durable);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    using Use = std::function<void(Statement&)>;
    /// Prepares (once a literal), hands the statement to `use`, resets it. SQLite's failures become no_space or
    /// io_error. `use` may run on another thread that waits here too.
    Result<void> run(const char* sql, const Use& use);

    using Then = std::move_only_function<void(Result<void>)>;
    /// The same for who must not wait: `then` is told what run() would return, on a thread of the database's own or one
    /// that waits here, before later statements run; before this returns when the system gives no thread. It waits for
    /// nothing, and what it throws ends the program: others wait for what comes after it. `use` must own what it binds.
    /// `use` and `then` may live until a later submit(), of any thread, or finish(): what must not wait for that `then`
    /// gives up itself.
    void submit(const char* sql, Use use, Then then);
    /// Waits for all that was submitted. Nothing may be submitted from now on.
    void finish();

    /// For what has to happen because of something that has happened: when it is refused now it is tried again before
    /// every later statement, and at the end. `use` must own what it binds, and may run several times.
    void insist(const char* sql, Use use);
    /// Tries what is owed; true when nothing is left.
    bool settle();

private:
    struct Job {
        Job(const char* s, const Use& u) : sql(s), use(u) {}
        const char* sql;
        const Use& use;
        Result<void> result;
        enum class State : std::uint8_t { waiting, leads, done } state = State::waiting;
        std::condition_variable woken;  ///< its own: nobody is woken for another's sake
        bool submitted = false;         ///< no thread waits for it: it is a Submission
    };
    struct Submission : Job {
        Submission(const char* s, Use u, Then t) : Job(s, own_use), own_use(std::move(u)), then(std::move(t)) {
            submitted = true;
        }
        Use own_use;
        Then then;
    };
    using Told = std::vector<std::unique_ptr<Submission>>;
    static constexpr std::size_t most_told = 256;
    struct Owed {
        const char* sql;
        Use use;
    };
    explicit Database(sqlite3* handle) : handle_(handle) {}
    sqlite3_stmt* prepare(const char* sql);
    Result<void> execute(const char* sql);
    Result<void> perform(const Job& job);
    Result<void> commit();
    void perform_together(std::span<Job* const> jobs);
    void perform_owed(std::vector<Owed>& owed);
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
    std::vector<Owed> owed_;
    Told told_;          ///< at most most_told
    bool busy_ = false;  ///< a thread works with the connection
    sqlite3* handle_;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;  ///< by address of the literal
    std::condition_variable rest_;                               ///< nobody is busy
    bool called_ = false;                                        ///< the leader of submissions is to lead
    std::condition_variable_any call_;
    std::jthread leader_;  ///< of what was submitted; started by the first submission
};

}  // namespace davit::fs
