#pragma once
// SQLite, as much of it as the state folder needs. The only user of sqlite3.h.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
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

/// One connection, used by one thread at a time: methods lock. Every statement is a transaction of its own and durable
/// when it returns, unless opened without durability.
class Database {
public:
    /// Creates the file and its tables when they are missing. An empty path: in memory.
    static Result<std::unique_ptr<Database>> open(const std::string& path, bool durable);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Prepares (once a literal), hands the statement to `use`, resets it. SQLite's failures become no_space or
    /// io_error.
    Result<void> run(const char* sql, const std::function<void(Statement&)>& use);

    /// For what has to happen because of something that has happened: when it is refused now it is tried again before
    /// every later statement, and at the end. `use` must own what it binds.
    void insist(const char* sql, std::function<void(Statement&)> use);
    /// Tries what is owed; true when nothing is left.
    bool settle();

private:
    explicit Database(sqlite3* handle) : handle_(handle) {}
    sqlite3_stmt* prepare(const char* sql);
    Result<void> run_one(const char* sql, const std::function<void(Statement&)>& use);
    bool settle_owed();
    bool annul();

    std::mutex mutex_;
    sqlite3* handle_;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;  ///< by address of the literal
    struct Owed {
        const char* sql;
        std::function<void(Statement&)> use;
    };
    std::vector<Owed> owed_;
};

}  // namespace davit::fs
