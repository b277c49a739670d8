// The checks of property rows: by fsck, and by a start with rows of an older version.
#include <fcntl.h>
#include <sys/stat.h>

#include <mutex>
#include <unordered_map>

#include "confined.hpp"
#include "database.hpp"
#include "entries.hpp"
#include "file_key.hpp"
#include "file_mark.hpp"
#include "files.hpp"
#include "property_codec.hpp"
#include "property_table.hpp"

namespace davit::fs {
namespace {

constexpr std::string_view own_prefix = ".davit/";

/// Calls `use` with the path below `root` of every entry in the tree, including the trash. Keeps one directory open at
/// a time, so the depth of the tree does not matter.
template <typename Use>
void walk_all(int root, Use use) {
    std::vector<std::string> folders{""};
    use(std::string());
    while (!folders.empty()) {
        const auto path = std::move(folders.back());
        folders.pop_back();
        const auto folder = open_beneath(root, path, O_RDONLY | O_DIRECTORY, store::Waiting::allowed, Links::refused);
        if (!folder) continue;
        Entries entries(folder->get());
        while (const auto* name = entries ? entries.next() : nullptr) {
            struct stat status{};
            if (::fstatat(folder->get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
            if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) continue;
            const auto inner = path.empty() ? std::string(name) : path + '/' + name;
            use(inner);
            if (S_ISDIR(status.st_mode)) folders.push_back(inner);
        }
    }
}

struct FormerRow {
    std::int64_t device;
    std::int64_t born;
};

/// True when the row of version 1 belongs to this file. If the device has another number now, the time of birth
/// identifies the file.
bool is_row_of(const FormerRow& row, const FileKey& key) {
    const bool same_birth = row.born == key.born || row.born == 0 || key.born == 0;
    return (row.device == key.device && same_birth) || (row.born != 0 && row.born == key.born);
}

struct Adopted {
    std::string path;
    std::string mark;
    std::int64_t device;
    std::int64_t inode;
};

void adopt(Session& session, const Adopted& file) {
    session.run(
        "INSERT OR IGNORE INTO property(path, mark, value) SELECT ?1, ?2, value FROM former_attribute WHERE device = "
        "?3 "
        "AND inode = ?4",
        [&](Statement& statement) {
            statement.bind(1, file.path).bind(2, file.mark).bind(3, file.device).bind(4, file.inode).step();
        });
    session.run("DELETE FROM former_attribute WHERE device = ?1 AND inode = ?2",
                [&](Statement& statement) { statement.bind(1, file.device).bind(2, file.inode).step(); });
}

void forget_aside(Session& session, std::int64_t id) {
    session.run("DELETE FROM set_aside WHERE id = ?1", [&](Statement& statement) { statement.bind(1, id).step(); });
}

std::string shown(const std::string& path) {
    return path.empty() ? "(a file of unknown name)" : "/" + path;
}

/// The properties as text for a person.
std::string text_of(const AsideProperties& row, int state) {
    auto text = shown(row.path) + "\n";
    auto set = decode(row.value);
    if (const auto pointer = decode_pointer(row.value)) {
        const auto record = open_beneath(state, "records/" + pointer->id, O_RDONLY | O_NOFOLLOW);
        const auto bytes = record ? read_all(record->get()) : std::unexpected(record.error());
        if (bytes) set = decode(*bytes);
    }
    if (!set) return text + "  (damaged)\n";
    for (const auto& property : *set) text += "  " + property.xml + "\n";
    return text;
}

bool keep_as_text(const std::vector<AsideProperties>& rows, int state) {
    const UniqueFd file(::openat(state, "set-aside.txt", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return false;
    for (const auto& row : rows)
        if (!write_all(file.get(), text_of(row, state))) return false;
    return ::fsync(file.get()) == 0;
}

/// By mark, if only one file has it: a time of birth alone may be shared by several.
std::unordered_map<std::string, std::string> paths_by_mark(int root, const std::vector<AsideProperties>& rows) {
    std::unordered_map<std::string, std::string> found;
    for (const auto& row : rows)
        if (FileMark::decode(row.mark).tells()) found.emplace(row.mark, "");
    std::unordered_map<std::string, int> times;
    if (!found.empty())
        walk_all(root, [&](const std::string& path) {
            const auto mark = mark_at(root, path.empty() ? "." : path.c_str());
            const auto match = mark && !path.starts_with(own_prefix) ? found.find(mark->encoded()) : found.end();
            if (match == found.end()) return;
            match->second = path;
            ++times[match->first];
        });
    std::erase_if(found, [&](const auto& each) { return times[each.first] != 1; });
    return found;
}

}  // namespace

void PropertyTable::adopt_former() {
    std::unordered_multimap<std::int64_t, FormerRow> rows;
    (void)database_.run("SELECT inode, device, born FROM former_attribute", [&](Statement& statement) {
        rows.clear();
        while (statement.step())
            rows.emplace(statement.integer(0), FormerRow{statement.integer(1), statement.integer(2)});
    });
    if (rows.empty()) return;
    std::vector<Adopted> found;
    const auto write_down = [&] {
        (void)database_.transact([&](Session& session) {
            for (const auto& file : found) adopt(session, file);
        });
        found.clear();
    };
    constexpr std::size_t portion = 1000;
    walk_all(root_, [&](const std::string& path) {
        const auto opened = open_beneath(root_, path, O_PATH | O_NOFOLLOW);
        const auto key = opened ? fs::key_of(opened->get()) : std::unexpected(opened.error());
        if (!key) return;
        const auto [begin, end] = rows.equal_range(key->inode);
        for (auto row = begin; row != end; ++row) {
            if (!is_row_of(row->second, *key)) continue;
            const auto mark = mark_of(opened->get());
            found.push_back(
                {folded(path), mark ? mark->encoded() : FileMark().encoded(), row->second.device, key->inode});
            rows.erase(row);
            break;
        }
        if (found.size() == portion) write_down();
    });
    write_down();
    (void)database_.transact([](Session& session) {
        session.run("INSERT INTO set_aside(path, mark, value) SELECT x'', x'', value FROM former_attribute",
                    [](Statement& statement) { statement.step(); });
        session.run("DELETE FROM former_attribute", [](Statement& statement) { statement.step(); });
    });
}

std::vector<std::string> PropertyTable::stale_keys() const {
    std::vector<std::string> keys;
    (void)database_.run("SELECT path, mark FROM property", [&](Statement& statement) {
        keys.clear();
        while (statement.step()) {
            auto path = statement.text(0);
            const auto mark = mark_at(root_, path.empty() ? "." : path.c_str());
            if (!mark || !mark->may_be(FileMark::decode(statement.text(1)))) keys.push_back(std::move(path));
        }
    });
    return keys;
}

/// Gives every row the mark of the file at its path. A row that was set aside returns where the path has no row.
Result<void> PropertyTable::trust_paths() {
    return database_.transact([&](Session& session) {
        session.run(
            "INSERT OR IGNORE INTO property(path, mark, value) SELECT path, mark, value FROM set_aside WHERE path <> "
            "x''",
            [](Statement& statement) { statement.step(); });
        session.run(
            "DELETE FROM set_aside WHERE EXISTS (SELECT 1 FROM property WHERE property.path = set_aside.path AND "
            "property.value = set_aside.value)",
            [](Statement& statement) { statement.step(); });
        std::vector<std::pair<std::string, std::string>> marks;
        session.run("SELECT path FROM property", [&](Statement& statement) {
            marks.clear();
            while (statement.step()) {
                auto path = statement.text(0);
                const auto mark = mark_at(root_, path.empty() ? "." : path.c_str());
                if (mark) marks.emplace_back(std::move(path), mark->encoded());
            }
        });
        for (const auto& [path, mark] : marks)
            session.run("UPDATE property SET mark = ?2 WHERE path = ?1",
                        [&](Statement& statement) { statement.bind(1, path).bind(2, mark).step(); });
    });
}

Result<PropertyTable::Check> PropertyTable::check(bool repair, bool restored, int state) {
    const std::unique_lock guard(names_mutex_);
    if (restored)
        if (auto trusted = trust_paths(); !trusted) return std::unexpected(std::move(trusted.error()));
    const auto stale = stale_keys();
    auto done = database_.transact([&](Session& session) {
        for (const auto& key : stale) {
            if (!key.starts_with(own_prefix))
                session.run(
                    "INSERT INTO set_aside(path, mark, value) SELECT path, mark, value FROM property WHERE path = ?1",
                    [&](Statement& statement) { statement.bind(1, key).step(); });
            session.run("DELETE FROM property WHERE path = ?1",
                        [&](Statement& statement) { statement.bind(1, key).step(); });
        }
    });
    if (!done) return std::unexpected(std::move(done.error()));
    std::vector<AsideProperties> rows;
    done = database_.run("SELECT id, path, mark, value FROM set_aside ORDER BY path", [&](Statement& statement) {
        rows.clear();
        while (statement.step())
            rows.push_back({statement.integer(0), statement.text(1), statement.text(2), statement.text(3)});
    });
    if (!done) return std::unexpected(std::move(done.error()));
    Check found;
    if (repair) {
        auto repaired = give_back(rows, state);
        if (!repaired) return std::unexpected(repaired.error());
        found.given_back = std::move(*repaired);
    }
    for (const auto& row : rows) found.set_aside.push_back(shown(row.path));
    found.kept_as_text = repair && !rows.empty();
    return found;
}

/// Removes restored rows from `rows`. The other rows move from the database to a text.
Result<std::vector<std::string>> PropertyTable::give_back(std::vector<AsideProperties>& rows, int state) {
    const auto paths = paths_by_mark(root_, rows);
    std::vector<std::string> given;
    std::vector<AsideProperties> rest;
    for (auto& row : rows) {
        const auto place = paths.find(row.mark);
        const auto key = place == paths.end() ? std::string() : folded(place->second);
        const auto taken = place == paths.end() ? Result<bool>(true) : has_row(key);
        if (!taken) return std::unexpected(taken.error());
        if (*taken) {
            rest.push_back(std::move(row));
            continue;
        }
        auto done = database_.transact([&](Session& session) {
            session.run("INSERT INTO property(path, mark, value) VALUES(?1, ?2, ?3)", [&](Statement& statement) {
                statement.bind(1, key).bind(2, row.mark).bind(3, row.value).step();
            });
            forget_aside(session, row.id);
        });
        if (!done) return std::unexpected(std::move(done.error()));
        given.push_back(shown(row.path) + " -> " + shown(place->second));
    }
    rows = std::move(rest);
    if (!keep_as_text(rows, state)) return given;
    auto done = database_.transact([&](Session& session) {
        for (const auto& row : rows) forget_aside(session, row.id);
    });
    if (!done) return std::unexpected(std::move(done.error()));
    return given;
}

Result<void> PropertyTable::each_detached(const std::function<void(const std::string& value)>& use) const {
    for (const auto* sql : {"SELECT value FROM set_aside", "SELECT value FROM former_attribute"}) {
        auto done = database_.run(sql, [&](Statement& statement) {
            while (statement.step()) use(statement.text(0));
        });
        if (!done) return done;
    }
    return {};
}

}  // namespace davit::fs
