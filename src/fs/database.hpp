#pragma once
// SQLite, as much of it as the state folder needs. The only user of sqlite3.h.
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

/// What a change does with room on the disk. One that gives something back may use the reserve (reserve.hpp).
enum class Purpose : std::uint8_t { takes, gives_back };

/// Within one transaction. Prepares each literal once; throws std::runtime_error, which takes the transaction back.
class Session {
public:
    using Use = std::function<void(Statement&)>;
    virtual void run(const char* sql, const Use& use) = 0;

protected:
    ~Session() = default;
};

/// One connection for all threads. What threads ask for while another's transaction is being made durable goes into the
/// next one together: one wait for the disk for all of them. Everything is durable when run() returns, unless opened
/// without durability.
///
/// When another program holds the database, nobody waits inside SQLite: the statement is tried again, before all that
/// came later, by a thread of the database's own until it goes through or its patience is over. Its caller then gets
/// database_busy. What only reads goes on meanwhile.
class Database {
public:
    /// Creates the file and its tables when they are missing; migrates those of an older version (schema.hpp). An empty
    /// path: in memory. `on_full` is called when the disk is full, by the thread that works with the connection: true
    /// when it has made room, so that a second try is worth it. Asked at the opening and for changes that give
    /// something back, which every single DELETE does.
    using OnFull = std::function<bool()>;
    static Result<std::unique_ptr<Database>> open(const std::string& path, bool durable, OnFull on_full = nullptr);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    using Use = Session::Use;
    /// Prepares (once a literal), hands the statement to `use`, resets it. SQLite's failures become no_space, io_error
    /// or database_busy. `use` may run on another thread that waits here too, and again when the database was busy
    /// before it got a row.
    Result<void> run(const char* sql, const Use& use);

    using Work = std::function<void(Session&)>;
    /// The same for several statements that happen together or not at all. `work` may run several times.
    Result<void> transact(const Work& work, Purpose purpose = Purpose::takes);

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
    /// every later statement, and at the end. `work` must own what it binds, and may run several times.
    void insist(const char* sql, Use use);
    void insist(Work work, Purpose purpose = Purpose::takes);
    /// Tries what is owed; true when nothing is left.
    bool settle();

    /// Writes the log into the file and makes it empty, when nothing was asked for since the last call.
    void truncate_log_when_idle();

private:
    using Clock = std::chrono::steady_clock;
    struct Job {
        Job(const Work& w, Purpose p, bool s) : work(w), purpose(p), single(s) {}
        const Work& work;
        const Purpose purpose;
        const bool single;  ///< one statement, which commits itself
        Result<void> result;
        enum class State : std::uint8_t { waiting, leads, done } state = State::waiting;
        std::condition_variable woken;  ///< its own: nobody is woken for another's sake
        bool submitted = false;         ///< no thread waits for it: it is a Submission
        bool blocked = false;           ///< another program held the database when it was tried
        Clock::time_point patience{};   ///< until when it is tried again; set when it is first blocked
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
    std::vector<Job*> blocked_;  ///< tried again before `waiting_`
    Clock::time_point blocked_since_{};
    std::vector<Owed> owed_;
    Told told_;          ///< at most most_told
    bool busy_ = false;  ///< a thread works with the connection
    sqlite3* handle_;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;  ///< by address of the literal
    OnFull on_full_;
    bool used_ = false;             ///< since truncate_log_when_idle()
    bool truncated_ = false;        ///< by it, and not used since
    std::condition_variable rest_;  ///< nobody is busy, and nothing is blocked
    bool called_ = false;           ///< the leader of submissions is to lead
    std::condition_variable_any call_;
    std::jthread leader_;  ///< of what was submitted or blocked; started by the first of them
};

}  // namespace davit::fs
