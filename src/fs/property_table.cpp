#include "property_table.hpp"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "database.hpp"
#include "errors.hpp"
#include "file_mark.hpp"

namespace davit::fs {
namespace {

/// The condition for a path and everything below it, with three parameters.
#define DAVIT_TREE "path = ?1 OR (path >= ?2 AND path < ?3)"

void bind_tree(Statement& statement, const std::string& key) {
    statement.bind(1, key).bind(2, key + '/').bind(3, key + static_cast<char>('/' + 1));
}

void delete_rows(Session& session, const std::string& key) {
    session.run("DELETE FROM property WHERE " DAVIT_TREE, [&](Statement& statement) {
        bind_tree(statement, key);
        statement.step();
    });
}

void set_rows_aside(Session& session, const std::string& key) {
    session.run("INSERT INTO set_aside(path, mark, value) SELECT path, mark, value FROM property WHERE " DAVIT_TREE,
                [&](Statement& statement) {
                    bind_tree(statement, key);
                    statement.step();
                });
    delete_rows(session, key);
}

/// One row at a time: an UPDATE of all would copy their values into temporary tables first.
void rename_rows(Session& session, const std::string& from, const std::string& to) {
    std::vector<std::string> keys;
    session.run("SELECT path FROM property WHERE " DAVIT_TREE, [&](Statement& statement) {
        bind_tree(statement, from);
        while (statement.step()) keys.push_back(statement.text(0));
    });
    for (const auto& key : keys)
        session.run("UPDATE OR REPLACE property SET path = ?2 WHERE path = ?1",
                    [&](Statement& statement) { statement.bind(1, key).bind(2, to + key.substr(from.size())).step(); });
}

#undef DAVIT_TREE

void forget_change(Session& session, std::int64_t id) {
    session.run("DELETE FROM name_change WHERE id = ?1", [&](Statement& statement) {
        statement.bind(1, id);
        statement.step();
    });
}

struct RowChange {
    std::int64_t id = 0;
    std::string source;
    std::string target;            ///< empty: a removal
    bool target_is_stale = false;  ///< its rows do not belong to the file that was there
    std::string trash;             ///< the trash key of what was replaced or removed; empty: deleted
};

/// Changes the rows after the name has changed. May run several times.
void apply(Session& session, const RowChange& change) {
    const auto& leaving = change.target.empty() ? change.source : change.target;
    if (change.target_is_stale)
        set_rows_aside(session, leaving);
    else if (!change.trash.empty())
        rename_rows(session, leaving, change.trash);
    else
        delete_rows(session, leaving);
    if (!change.target.empty()) rename_rows(session, change.source, change.target);
    forget_change(session, change.id);
}

std::string casefolded(const std::string& text) {
    utf8proc_uint8_t* made = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
    const std::unique_ptr<utf8proc_uint8_t, decltype([](utf8proc_uint8_t* bytes) { std::free(bytes); })> owned(made);
    return size < 0 ? text : std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

/// The kernel's name for an open file.
Result<std::string> name_of(int fd) {
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    std::array<char, PATH_MAX> path;
    const auto size = ::readlink(link.c_str(), path.data(), path.size());
    if (size < 0) return system_error("readlink");
    if (static_cast<std::size_t>(size) == path.size()) return system_error("readlink", ENAMETOOLONG);
    return std::string(path.data(), static_cast<std::size_t>(size));
}

std::int64_t inode_at(int folder, const std::string& name) {
    struct stat status{};
    return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? static_cast<std::int64_t>(status.st_ino)
                                                                              : -1;
}

/// The file was removed or replaced after it was opened, so its properties are no longer reachable.
bool has_no_name(const Result<std::string>& key) {
    return !key && key.error().code == FailureCode::not_found;
}

/// The entry or its directory is gone, so the name cannot change either; or it lies outside of the root, where no file
/// has a row. After any other failure a change of the name would lose the rows.
bool has_no_row(const Failure& failure) {
    return failure.code == FailureCode::not_found || (failure.system && failure.system->number == EXDEV);
}

/// The refusal of a name change that has not begun.
std::unexpected<Failure> refusal(Failure failure) {
    failure.changed = Changed::none;
    return std::unexpected(std::move(failure));
}

constexpr const char* tmp_key = ".davit/tmp";
constexpr const char* trash_key = ".davit/trash/";

}  // namespace

void PropertyTable::begin(int root, bool folds_case) {
    root_ = root;
    folds_case_ = folds_case;
}

std::shared_lock<std::shared_mutex> PropertyTable::hold_names() const {
    std::shared_lock guard(names_mutex_, std::defer_lock);
    if (changing_ != std::this_thread::get_id()) guard.lock();
    return guard;
}

std::string PropertyTable::folded(const std::string& key) const {
    return folds_case_ ? casefolded(key) : key;
}

/// The path below the root. The kernel's name for the file is its canonical path, whatever links led to it.
Result<std::string> PropertyTable::key_of(int fd) const {
    struct stat status{};
    if (::fstat(fd, &status) != 0) return system_error("fstat");
    if (status.st_nlink == 0) return system_error("fstat", ENOENT);
    auto root = name_of(root_);
    if (!root) return root;
    auto path = name_of(fd);
    if (!path || *path == *root) return path ? Result<std::string>("") : path;
    if (!root->ends_with('/')) *root += '/';
    if (!path->starts_with(*root)) return system_error("readlink", EXDEV);
    return folded(path->substr(root->size()));
}

Result<std::string> PropertyTable::key_at(const NameIn& name) const {
    auto folder = key_of(name.folder);
    if (!folder) return folder;
    return folded(folder->empty() ? name.name : *folder + '/' + name.name);
}

Result<std::optional<std::string>> PropertyTable::read(int fd) const {
    const auto guard = hold_names();
    const auto key = key_of(fd);
    if (has_no_name(key)) return std::nullopt;
    if (!key) return std::unexpected(key.error());
    std::optional<std::string> value;
    std::string mark;
    auto done = database_.run("SELECT value, mark FROM property WHERE path = ?1", [&](Statement& statement) {
        statement.bind(1, *key);
        value.reset();
        if (!statement.step()) return;
        value = statement.text(0);
        mark = statement.text(1);
    });
    if (!done) return std::unexpected(std::move(done.error()));
    if (!value) return value;
    const auto mine = mark_of(fd);
    if (!mine) return std::unexpected(mine.error());
    if (!mine->may_be(FileMark::decode(mark))) return std::nullopt;
    return value;
}

/// Sets the row of another file aside first.
Result<void> PropertyTable::write(int fd, const std::string& value) {
    const auto guard = hold_names();
    const auto key = key_of(fd);
    if (has_no_name(key)) return {};
    if (!key) return std::unexpected(key.error());
    const auto mark = mark_of(fd);
    if (!mark) return std::unexpected(mark.error());
    return database_.transact([&](Session& session) {
        std::optional<std::string> former;
        session.run("SELECT mark FROM property WHERE path = ?1", [&](Statement& statement) {
            statement.bind(1, *key);
            if (statement.step()) former = statement.text(0);
        });
        if (former && !mark->may_be(FileMark::decode(*former)))
            session.run(
                "INSERT INTO set_aside(path, mark, value) SELECT path, mark, value FROM property WHERE path = ?1",
                [&](Statement& statement) {
                    statement.bind(1, *key);
                    statement.step();
                });
        session.run("REPLACE INTO property(path, mark, value) VALUES(?1, ?2, ?3)", [&](Statement& statement) {
            statement.bind(1, *key).bind(2, mark->encoded()).bind(3, value);
            statement.step();
        });
    });
}

Result<void> PropertyTable::clear(int fd) {
    const auto value = read(fd);
    if (!value) return std::unexpected(value.error());
    if (!*value) return {};
    const auto guard = hold_names();
    const auto key = key_of(fd);
    if (has_no_name(key)) return {};
    if (!key) return std::unexpected(key.error());
    return database_.run("DELETE FROM property WHERE path = ?1", [&](Statement& statement) {
        statement.bind(1, *key);
        statement.step();
    });
}

/// A name change that the database records. No other thread reads or writes rows meanwhile.
class PropertyTable::Move final : public NameChange {
public:
    Move(PropertyTable& table, std::unique_lock<std::shared_mutex> guard, RowChange change)
        : table_(table), guard_(std::move(guard)), change_(std::move(change)) {
        if (guard_.owns_lock()) table_.changing_ = std::this_thread::get_id();
    }
    ~Move() override {
        if (!over_)
            table_.database_.insist([id = change_.id](Session& session) { forget_change(session, id); },
                                    Purpose::gives_back);
        release();
    }
    Move(const Move&) = delete;
    Move& operator=(const Move&) = delete;

    void done(const std::optional<std::string>& trash_id) override {
        over_ = true;
        if (trash_id) change_.trash = trash_key + *trash_id;
        table_.database_.insist([change = change_](Session& session) { apply(session, change); }, Purpose::gives_back);
        release();
    }

    void leave_to_next_start() override {
        over_ = true;
        release();
    }

private:
    /// The guard is empty when another Move of this thread holds the mutex.
    void release() {
        if (!guard_.owns_lock()) return;
        table_.changing_ = std::thread::id();
        guard_.unlock();
    }

    PropertyTable& table_;
    std::unique_lock<std::shared_mutex> guard_;
    RowChange change_;
    bool over_ = false;
};

Result<bool> PropertyTable::has_rows(const std::string& key) const {
    bool found = false;
    auto done = database_.run("SELECT 1 FROM property WHERE path = ?1 OR (path >= ?2 AND path < ?3) LIMIT 1",
                              [&](Statement& statement) {
                                  bind_tree(statement, key);
                                  found = statement.step();
                              });
    if (!done) return std::unexpected(std::move(done.error()));
    return found;
}

Result<bool> PropertyTable::has_row(const std::string& key) const {
    bool found = false;
    auto done = database_.run("SELECT 1 FROM property WHERE path = ?1", [&](Statement& statement) {
        statement.bind(1, key);
        found = statement.step();
    });
    if (!done) return std::unexpected(std::move(done.error()));
    return found;
}

/// True when the rows of an entry belong to another file, or to one that is gone.
Result<bool> PropertyTable::is_stale(const NameIn& name, const std::string& key) const {
    const auto mark = mark_at(name.folder, name.name.c_str());
    if (!mark && mark.error().code == FailureCode::not_found) return true;
    if (!mark) return std::unexpected(mark.error());
    bool stale = false;
    auto done = database_.run("SELECT mark FROM property WHERE path = ?1", [&](Statement& statement) {
        statement.bind(1, key);
        stale = statement.step() && !mark->may_be(FileMark::decode(statement.text(0)));
    });
    if (!done) return std::unexpected(std::move(done.error()));
    return stale;
}

/// Writes the change down before it happens, so that the next start can complete it. `to` null: a removal.
Result<NameChangePtr> PropertyTable::follow(const NameIn& from, const NameIn* to) {
    std::unique_lock guard(names_mutex_, std::defer_lock);
    if (changing_ != std::this_thread::get_id()) guard.lock();
    RowChange change;
    const auto source = key_at(from);
    const auto target = to ? key_at(*to) : Result<std::string>("");
    for (const auto* key : {&source, &target})
        if (!*key) return has_no_row(key->error()) ? Result<NameChangePtr>(nullptr) : refusal(key->error());
    if (*source == *target) return nullptr;  // the names differ in case only
    const auto from_has = has_rows(*source);
    const auto to_has = to && from_has ? has_rows(*target) : from_has;
    if (!to_has) return refusal(to_has.error());
    if (!*from_has && !*to_has) return nullptr;
    const auto stale = to ? is_stale(*to, *target) : is_stale(from, *source);
    if (!stale) return refusal(stale.error());
    const auto mark = mark_at(from.folder, from.name.c_str());
    if (!mark) return has_no_row(mark.error()) ? Result<NameChangePtr>(nullptr) : refusal(mark.error());
    change.source = *source;
    change.target = *target;
    change.target_is_stale = *stale;
    const auto inode = inode_at(from.folder, from.name);
    auto noted = database_.run(
        "INSERT INTO name_change(source, target, mark, inode, target_is_stale) VALUES(?1, ?2, ?3, ?4, ?5) RETURNING id",
        [&](Statement& statement) {
            statement.bind(1, change.source).bind(2, change.target).bind(3, mark->encoded()).bind(4, inode);
            statement.bind(5, std::int64_t{change.target_is_stale});
            while (statement.step()) change.id = statement.integer(0);
        });
    if (!noted) return refusal(std::move(noted.error()));
    return std::make_unique<Move>(*this, std::move(guard), std::move(change));
}

Result<NameChangePtr> PropertyTable::follow_move(const NameIn& from, const NameIn& to) {
    return follow(from, &to);
}

Result<NameChangePtr> PropertyTable::follow_removal(const NameIn& what) {
    return follow(what, nullptr);
}

void PropertyTable::abandon(const NameIn& what) {
    const auto guard = hold_names();
    const auto key = key_at(what);
    const auto found = key ? has_rows(*key) : Result<bool>(false);
    if (found && *found)
        database_.insist([key = *key](Session& session) { delete_rows(session, key); }, Purpose::gives_back);
}

struct PropertyTable::Moving {
    RowChange change;
    FileMark mark;
    std::int64_t inode;
};

/// Compares the files' marks where they exist. Otherwise checks that the old name is gone, or that the new one has the
/// inode.
bool PropertyTable::has_happened(const Moving& moving) const {
    const auto source = mark_at(root_, moving.change.source.c_str());
    if (moving.change.target.empty()) return !source;
    const auto target = mark_at(root_, moving.change.target.c_str());
    if (!target) return false;
    if (moving.mark.tells() && target->tells())
        return target->may_be(moving.mark) && (!source || !source->may_be(moving.mark));
    if (!source) return true;
    return inode_at(root_, moving.change.target) == moving.inode &&
           inode_at(root_, moving.change.source) != moving.inode;
}

void PropertyTable::recover(bool keeps_trash) {
    std::vector<Moving> all;
    (void)database_.run("SELECT id, source, target, target_is_stale, mark, inode FROM name_change",
                        [&](Statement& statement) {
                            all.clear();
                            while (statement.step())
                                all.push_back({{.id = statement.integer(0),
                                                .source = statement.text(1),
                                                .target = statement.text(2),
                                                .target_is_stale = statement.integer(3) != 0 || keeps_trash,
                                                .trash = {}},
                                               FileMark::decode(statement.text(4)),
                                               statement.integer(5)});
                        });
    for (const auto& each : all) {
        const bool happened = has_happened(each);
        database_.insist([change = each.change, happened](Session& session) {
            if (happened)
                apply(session, change);
            else
                forget_change(session, change.id);
        });
    }
    if (const auto found = has_rows(tmp_key); found && *found)
        database_.insist([](Session& session) { delete_rows(session, tmp_key); }, Purpose::gives_back);
}

void PropertyTable::drop_rows_of_emptied_trash() {
    constexpr std::int64_t portion = 500;
    const std::unique_lock guard(names_mutex_);
    std::vector<std::string> gone;
    std::size_t seen = 0;
    auto done = database_.run("SELECT path FROM property WHERE path > ?1 AND path < ?2 ORDER BY path LIMIT ?3",
                              [&](Statement& statement) {
                                  gone.clear();
                                  seen = 0;
                                  const std::string from = trash_cursor_.empty() ? ".davit/" : trash_cursor_;
                                  statement.bind(1, from).bind(2, ".davit0").bind(3, portion);
                                  while (statement.step()) {
                                      ++seen;
                                      trash_cursor_ = statement.text(0);
                                      if (inode_at(root_, trash_cursor_) < 0) gone.push_back(trash_cursor_);
                                  }
                              });
    if (!done || seen < static_cast<std::size_t>(portion)) trash_cursor_.clear();
    if (!gone.empty())
        database_.insist(
            [gone = std::move(gone)](Session& session) {
                for (const auto& key : gone) delete_rows(session, key);
            },
            Purpose::gives_back);
}

}  // namespace davit::fs
