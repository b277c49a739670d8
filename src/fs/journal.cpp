#include "journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <vector>

#include "database.hpp"
#include "file_time.hpp"
#include "property_codec.hpp"
#include "volume.hpp"

namespace davit::fs {
namespace {

enum Kind : std::int64_t { exchange = 1, clock = 2, replacement = 3 };

struct Row {
    std::int64_t id = 0;
    std::int64_t kind = 0;
    ResourcePath path;
    Journal::Clock values{};
};

void finish_exchange(Volume& volume, const Row& row) {
    const auto place = open_place(volume.root.get(), row.path);
    if (!place) return;
    const auto found = entry_info(place->folder.get(), place->name.c_str());
    if (!found || found->info.identity != row.values.inode) return;
    if (found->info.created.time_since_epoch().count() != row.values.modified) return;  // the number was used again
    if (on_root_device(volume, place->folder.get()))
        return volume.trash->recover_entry(place->folder.get(), place->name, found->info);
    const auto aside = aside_for(volume, place->folder.get(), -1);
    ::renameat(place->folder.get(), place->name.c_str(), aside.folder, aside.name.c_str());
}

void restore_clock(Volume& volume, const Row& row) {
    const auto fd = open_beneath(volume.root.get(), row.path.str(), O_RDONLY | O_NONBLOCK);
    if (!fd) return;
    const auto info = info_of(fd->get());
    if (!info || info->identity != row.values.inode) return;
    const auto set = volume.property_sets->read(fd->get());
    if (set && digest(encode(*set)) == row.values.digest) return;
    ::fchmod(fd->get(), row.values.mode);
    (void)set_clock(fd->get(), store::FileTime(std::chrono::nanoseconds(row.values.modified)));
}

}  // namespace

Result<std::int64_t> Journal::add(std::int64_t kind, const ResourcePath& path, const Clock& values) {
    std::int64_t id = 0;
    auto done = database_.run(
        "INSERT INTO intent(kind, path, inode, mode, modified, digest) VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        [&](Statement& statement) {
            statement.bind(1, kind).bind(2, path.str()).bind(3, static_cast<std::int64_t>(values.inode));
            statement.bind(4, std::int64_t{values.mode}).bind(5, values.modified).bind(6, std::int64_t{values.digest});
            while (statement.step()) id = statement.integer(0);
        });
    if (done) return id;
    done.error().changed = Changed::none;  // a note that may have stayed finds nothing to do
    return std::unexpected(std::move(done.error()));
}

Result<std::int64_t> Journal::will_exchange(const ResourcePath& path, const store::ResourceInfo& replaced) {
    return add(exchange, path, {replaced.identity, 0, replaced.created.time_since_epoch().count(), 0});
}

Result<std::int64_t> Journal::will_change(const ResourcePath& path, const Clock& before) {
    return add(clock, path, before);
}

Result<std::int64_t> Journal::will_replace(const ResourcePath& path, const store::ResourceInfo& there) {
    return add(replacement, path, {there.identity, 0, there.created.time_since_epoch().count(), 0});
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

/// The locks below what is no longer there are gone too.
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

void Journal::recover(Volume& volume) {
    std::vector<Row> rows;
    (void)database_.run("SELECT id, kind, path, inode, mode, modified, digest FROM intent", [&](Statement& statement) {
        while (statement.step()) {
            const auto path = ResourcePath::from_decoded(statement.text(2));
            if (!path) continue;
            rows.push_back(
                {statement.integer(0),
                 statement.integer(1),
                 *path,
                 {static_cast<std::uint64_t>(statement.integer(3)), static_cast<std::uint32_t>(statement.integer(4)),
                  statement.integer(5), static_cast<std::uint32_t>(statement.integer(6))}});
        }
    });
    for (const auto& row : rows) {
        if (row.kind == exchange) finish_exchange(volume, row);
        if (row.kind == clock) restore_clock(volume, row);
        if (row.kind == replacement) finish_replacement(volume, row.path, row.values);
        done(row.id);
    }
}

}  // namespace davit::fs
