#include "journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <vector>

#include "database.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "property_codec.hpp"
#include "rename.hpp"
#include "volume.hpp"

namespace davit::fs {
namespace {

enum Kind : std::int64_t {
    clock = 2,
    replacement = 3,
    exchange = 4,
    source_removal = 5,
    staging = 6,
    setting_aside = 7
};

/// Identifies what a MOVE replaces, in addition to the identity of what it moves.
std::uint32_t mark_of(const store::ResourceInfo& info) {
    return digest(std::to_string(info.identity) + ' ' + std::to_string(info.created.time_since_epoch().count()));
}

/// Two paths in one value, separated by a zero byte, which no path contains.
std::string both(const ResourcePath& one, const ResourcePath& other) {
    return one.str() + '\0' + other.str();
}

/// Reads paths as written, without the checks for clients' names.
ResourcePath path_from(std::string_view text) {
    return text.empty() ? ResourcePath() : ResourcePath().child(text);
}
ResourcePath first_path(std::string_view text) {
    return path_from(text.substr(0, text.find('\0')));
}
/// The second path, or the only one.
ResourcePath second_path(std::string_view text) {
    const auto end = text.find('\0');
    return path_from(end == text.npos ? text : text.substr(end + 1));
}

void restore_clock(Volume& volume, const ResourcePath& path, const Journal::Clock& values) {
    const auto fd = open_beneath(volume.root.get(), path.str(), O_RDONLY | O_NONBLOCK);
    if (!fd) return;
    const auto info = info_of(fd->get());
    if (!info || info->identity != values.inode) return;
    const auto set = volume.property_sets->read(fd->get());
    if (set && digest(encode(*set)) == values.digest) return;
    ::fchmod(fd->get(), values.mode);
    (void)set_clock(fd->get(), store::FileTime(std::chrono::nanoseconds(values.modified)));
}

}  // namespace

Result<std::int64_t> Journal::add(const Row& row) {
    std::int64_t id = 0;
    auto done = database_.run(
        "INSERT INTO intent(kind, path, inode, mode, modified, digest) VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        [&](Statement& statement) {
            statement.bind(1, row.kind).bind(2, row.path).bind(3, static_cast<std::int64_t>(row.inode));
            statement.bind(4, row.mode).bind(5, row.modified).bind(6, std::int64_t{row.digest});
            while (statement.step()) id = statement.integer(0);
        });
    if (done) return id;
    done.error().changed = Changed::none;  // a leftover row has nothing to do at the next start
    return std::unexpected(std::move(done.error()));
}

Result<std::int64_t> Journal::will_exchange(const ResourcePath& from, const ResourcePath& to, std::int64_t number,
                                            const store::ResourceInfo& mover, const store::ResourceInfo& replaced) {
    return add({.kind = exchange,
                .path = both(from, to),
                .inode = mover.identity,
                .mode = number,
                .modified = mover.created.time_since_epoch().count(),
                .digest = mark_of(replaced)});
}

Result<std::int64_t> Journal::will_replace_source(const ResourcePath& from, const ResourcePath& to, std::int64_t number,
                                                  const store::ResourceInfo& copy) {
    return add({.kind = source_removal,
                .path = both(from, to),
                .inode = copy.identity,
                .mode = number,
                .modified = copy.created.time_since_epoch().count()});
}

Result<std::int64_t> Journal::will_set_aside(const ResourcePath& path, std::int64_t number) {
    return add({.kind = setting_aside, .path = path.str(), .mode = number});
}

Result<std::int64_t> Journal::will_stage(const ResourcePath& folder, std::int64_t number) {
    return add({.kind = staging, .path = folder.str(), .mode = number});
}

Result<std::int64_t> Journal::will_change(const ResourcePath& path, const Clock& before) {
    return add({.kind = clock,
                .path = path.str(),
                .inode = before.inode,
                .mode = before.mode,
                .modified = before.modified,
                .digest = before.digest});
}

Result<std::int64_t> Journal::will_replace(const ResourcePath& path, const store::ResourceInfo& there) {
    return add({.kind = replacement,
                .path = path.str(),
                .inode = there.identity,
                .modified = there.created.time_since_epoch().count()});
}

void Journal::done(std::int64_t intent) {
    database_.insist("DELETE FROM intent WHERE id = ?1", [intent](Statement& statement) {
        statement.bind(1, intent);
        statement.step();
    });
}

void Journal::left_halfway(std::uint64_t inode, std::int64_t intent) {
    const std::lock_guard guard(mutex_);
    halfway_.emplace(inode, intent);
}

void Journal::supersede(std::uint64_t inode) {
    const std::lock_guard guard(mutex_);
    const auto [begin, end] = halfway_.equal_range(inode);
    for (auto each = begin; each != end; ++each) done(each->second);
    halfway_.erase(begin, end);
}

/// Removes the locks below a resource that no longer exists.
void Journal::finish_replacement(Volume& volume, const ResourcePath& path, const Clock& values) {
    const auto fd = open_beneath(volume.root.get(), path.str(), O_PATH);
    const auto info = fd ? info_of(fd->get()) : std::unexpected(fd.error());
    if (!info && info.error().code != FailureCode::not_found) return;
    if (info && info->identity == values.inode && info->created.time_since_epoch().count() == values.modified) return;
    database_.insist("DELETE FROM lock WHERE root >= ?1 AND root < ?2", [text = path.str()](Statement& statement) {
        statement.bind(1, text + '/').bind(2, text + static_cast<char>('/' + 1));
        statement.step();
    });
}

/// Removes what a MOVE replaced, or the source that it copied.
void Journal::take_hidden(Volume& volume, const ResourcePath& path, const std::string& name,
                          const store::ResourceInfo& info) {
    const auto place = open_place(volume.root.get(), path);
    if (!place) return;
    if (is_on_root_mount(volume, place->folder.get()))
        volume.trash->recover_entry(place->folder.get(), name, info);
    else
        staged_.push_back({path.parent(), name});
}

bool Journal::goes_away(Volume& volume, const Row& row, const Place& hidden, store::ResourceInfo& info) {
    const auto target = open_place(volume.root.get(), second_path(row.path));
    const auto there = target ? entry_info(target->folder.get(), target->name.c_str()) : system_error("statx", ENOENT);
    if (row.kind == setting_aside) return there.has_value();
    if (row.kind == source_removal) return there && row.is_of(there->info);
    if (!row.is_of(info)) return mark_of(info) == row.digest;
    // It is the source itself. The client was not told that the MOVE failed without a change, so the recovery completes
    // it.
    if (!there || mark_of(there->info) != row.digest) return false;
    if (exchange_entries(hidden.folder.get(), hidden.name.c_str(), target->folder.get(), target->name.c_str()) != 0)
        return false;
    info = there->info;
    return true;
}

/// If the state is ambiguous, the hidden entry returns to the source's name: no data may be lost.
bool Journal::finish_hiding(Volume& volume, const Row& row) {
    const auto from = first_path(row.path);
    auto place = open_place(volume.root.get(), from);
    if (!place) return false;  // perhaps not mounted yet
    const Place hidden{std::move(place->folder), hidden_name(row.mode)};
    const int folder = hidden.folder.get();
    const auto found = entry_info(folder, hidden.name.c_str());
    if (!found) return found.error().code == FailureCode::not_found;
    auto info = found->info;
    if (!goes_away(volume, row, hidden, info))
        return rename_to_free_name(folder, hidden.name.c_str(), folder, place->name.c_str()) == 0;
    take_hidden(volume, from, hidden.name, info);
    return true;
}

std::vector<Journal::Row> Journal::rows() {
    std::vector<Row> rows;
    (void)database_.run("SELECT id, kind, path, inode, mode, modified, digest FROM intent", [&](Statement& statement) {
        while (statement.step())
            rows.push_back({statement.integer(0), statement.integer(1), std::string(statement.text(2)),
                            static_cast<std::uint64_t>(statement.integer(3)), statement.integer(4),
                            statement.integer(5), static_cast<std::uint32_t>(statement.integer(6))});
    });
    return rows;
}

bool Journal::recover_row(Volume& volume, const Row& row) {
    if (row.kind == exchange || row.kind == source_removal || row.kind == setting_aside)
        return finish_hiding(volume, row);
    const auto path = path_from(row.path);
    const Clock values{row.inode, static_cast<std::uint32_t>(row.mode), row.modified, row.digest};
    if (row.kind == clock) restore_clock(volume, path, values);
    if (row.kind == replacement) finish_replacement(volume, path, values);
    if (row.kind != staging) return true;
    staged_.push_back({path, hidden_name(row.mode), row.id});
    return false;
}

/// First completes half-done MOVEs: afterwards it can tell whether something was replaced.
void Journal::recover(Volume& volume) {
    const auto all = rows();
    for (const bool exchanges : {true, false})
        for (const auto& row : all)
            if ((row.kind == exchange) == exchanges && recover_row(volume, row)) done(row.id);
}

std::vector<ResourcePath> Journal::staged() const {
    std::vector<ResourcePath> paths;
    paths.reserve(staged_.size());
    for (const auto& each : staged_) paths.push_back(each.folder.child(each.name));
    return paths;
}

bool Journal::remove_staged(const Volume& volume, std::size_t& budget) {
    std::erase_if(staged_, [&](Staged& each) {
        if (each.failed || budget == 0) return false;
        const auto folder = open_beneath(volume.root.get(), each.folder.str(), O_RDONLY | O_DIRECTORY);
        each.failed = !folder || (!remove_tree(folder->get(), each.name.c_str(), budget) && budget > 0);
        if (each.failed || budget == 0) return false;
        if (each.intent) done(*each.intent);
        return true;
    });
    return budget > 0;
}

}  // namespace davit::fs
