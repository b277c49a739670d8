#pragma once
// Property sets in the state database, for file systems without user attributes: a row for each file or folder that has
// any, by its path below the served folder. Device and inode numbers are no key: they change when the file system is
// mounted again. The server makes every change of a name itself, and the rows follow it; a mark of the file beside the
// path (FileMark) tells when another program has put another file there. Such a row is set aside, and never shown.
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

/// A row that is no file's.
struct AsideProperties {
    std::int64_t id;
    std::string path;  ///< empty where it was not known
    std::string mark;
    std::string value;
};

/// Thread-safe.
class PropertyTable final : public Attributes {
public:
    explicit PropertyTable(Database& database) : database_(database) {}
    /// Borrows the descriptors. `folds_case`: names that differ in case only are one.
    void begin(int root, bool folds_case);

    Result<std::optional<std::string>> read(int fd) const override;
    bool may_have(AttributesSeen /*seen*/) const override { return true; }
    Result<void> write(int fd, const std::string& value) override;
    Result<void> clear(int fd) override;
    Result<void> forget_former(int /*fd*/) override { return {}; }  // a name that is new has no row
    bool leave_traces() const override { return true; }
    std::string describe() const override { return "the state database"; }
    bool is_kept_by_name() const override { return true; }
    Result<NameChangePtr> follow_move(const NameIn& from, const NameIn& to) override;
    Result<NameChangePtr> follow_removal(const NameIn& what) override;
    void abandon(const NameIn& what) override;

    /// Finishes the changes of names that a crash interrupted. Before what was under construction is removed, and
    /// before anything is served. `keeps_trash`: what was replaced or removed may be in the trash, so its rows are set
    /// aside.
    void recover(bool keeps_trash);
    /// Rows that a database of version 1 kept by inode number get the paths of their files; what is not found is set
    /// aside. Walks the whole tree, when there are such rows.
    void adopt_former();
    /// Forgets rows of what has left the trash. Bounded work.
    void drop_rows_of_emptied_trash();

    /// What check() saw, as paths.
    struct Check {
        std::vector<std::string> set_aside;   ///< their file was moved, replaced or removed beside the server
        std::vector<std::string> given_back;  ///< "OLD -> NEW": the file was found under another name
        bool kept_as_text = false;            ///< `set_aside` is in set-aside.txt now, and not in the database
    };
    /// `davit fsck`: sets aside the rows whose file is another one or gone. `repair`: those whose file is found under
    /// another name go there; the rest goes to the file `set-aside.txt` in the folder `state`.
    /// `restored`: the folder is a copy, and a row belongs to the file that is at its path.
    Result<Check> check(bool repair, bool restored, int state);
    /// Calls `use` with every value that belongs to no file at the moment.
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

    /// Keeps names from changing, but for those that this thread changes.
    std::shared_lock<std::shared_mutex> hold_names() const;

    Database& database_;
    int root_ = -1;
    bool folds_case_ = false;
    std::string trash_cursor_;               ///< of drop_rows_of_emptied_trash()
    mutable std::shared_mutex names_mutex_;  ///< exclusive: a name that has rows is being changed
    /// The thread whose Move holds names_mutex_. A MOVE by copy follows two changes at a time.
    std::atomic<std::thread::id> changing_;
};

}  // namespace davit::fs
