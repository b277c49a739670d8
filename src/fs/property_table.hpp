#pragma once
// Property sets in the state database, for file systems without user attributes: one row for each file or directory
// with properties, by its path below the served directory. Device and inode numbers are no key, because they change
// with a remount. The server makes every change of a name itself, and the rows follow. The file's mark (FileMark) in
// the row shows when another program has put another file there. The server sets such a row aside and never shows it.
#include <atomic>
#include <cstdint>
#include <functional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "attributes.hpp"

namespace davit::fs {

class Database;
class Session;

/// A row that belongs to no file.
struct AsideProperties {
    std::int64_t id;
    std::string path;  ///< empty when unknown
    std::string mark;
    std::string value;
};

/// Thread-safe.
class PropertyTable final : public Attributes {
public:
    explicit PropertyTable(Database& database) : database_(database) {}
    /// Borrows the descriptors. `folds_case`: names that differ only in case are one.
    void begin(int root, bool folds_case);

    Result<std::optional<std::string>> read(int fd) const override;
    bool may_have(AttributesSeen /*seen*/) const override { return true; }
    Result<void> write(int fd, const std::string& value) override;
    Result<void> clear(int fd) override;
    Result<void> forget_former(int /*fd*/) override { return {}; }  // a new name has no row
    bool leave_traces() const override { return true; }
    std::string describe() const override { return "the state database"; }
    bool is_kept_by_name() const override { return true; }
    Result<NameChangePtr> follow_move(const NameIn& from, const NameIn& to) override;
    Result<NameChangePtr> follow_removal(const NameIn& what) override;
    void abandon(const NameIn& what) override;

    /// Completes the name changes that a crash interrupted. Call it before the removal of files under construction, and
    /// before the server accepts requests. `keeps_trash`: what was replaced or removed may be in the trash, so its rows
    /// are set aside.
    void recover(bool keeps_trash);
    /// Gives rows that a database of version 1 keyed by inode number the paths of their files, and sets aside rows
    /// without a file. Walks the whole tree if there are such rows.
    void adopt_former();
    /// Removes rows of entries that have left the trash. Bounded work.
    void drop_rows_of_emptied_trash();

    /// The findings of check(), as paths.
    struct Check {
        std::vector<std::string> set_aside;   ///< another program moved, replaced or removed their file
        std::vector<std::string> given_back;  ///< "OLD -> NEW": the file was found under another name
        bool kept_as_text = false;            ///< `set_aside` is in set-aside.txt now, and no longer in the database
    };
    /// `davit fsck`: sets aside the rows whose file is another one or gone. `repair`: moves rows to files that are
    /// found under another name, and the rest to the file `set-aside.txt` in the directory `state`. `restored`: the
    /// directory is a copy, so a row belongs to the file at its path.
    Result<Check> check(bool repair, bool restored, int state);
    /// Calls `use` with every value that belongs to no file now.
    Result<void> each_detached(const std::function<void(const std::string& value)>& use) const;

private:
    class Move;
    Result<std::string> key_of(int fd) const;
    Result<std::string> key_at(const NameIn& name) const;
    std::string folded(const std::string& key) const;
    Result<bool> has_rows(const std::string& key) const;
    Result<NameChangePtr> follow(const NameIn& from, const NameIn* to);
    Result<bool> has_row(const std::string& key) const;
    Result<bool> is_stale(const NameIn& name, const std::string& key) const;
    struct Moving;
    bool has_happened(const Moving& moving) const;
    std::vector<std::string> stale_keys() const;
    Result<void> trust_paths();
    Result<std::vector<std::string>> give_back(std::vector<AsideProperties>& rows, int state);

    /// Prevents name changes by other threads.
    std::shared_lock<std::shared_mutex> hold_names() const;

    Database& database_;
    int root_ = -1;
    bool folds_case_ = false;
    std::string trash_cursor_;               ///< of drop_rows_of_emptied_trash()
    mutable std::shared_mutex names_mutex_;  ///< exclusive: a name with rows is changing
    /// The thread whose Move holds names_mutex_. A MOVE by copy makes two changes at a time.
    std::atomic<std::thread::id> changing_;
};

}  // namespace davit::fs
