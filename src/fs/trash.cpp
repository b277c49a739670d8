#include "trash.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "confined.hpp"
#include "davit/core/printable.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "files.hpp"
#include "state_folder.hpp"
#include "trash_files.hpp"

namespace davit::fs {
namespace {

using std::chrono::seconds;

constexpr std::string_view origin = ".origin";
constexpr std::string_view gone = ".gone";
/// The maximum interval between two scans, because clocks and configurations change.
constexpr seconds longest_wait{600};

std::string gone_of(const std::string& id) {
    return id + std::string(gone);
}

/// True for an entry; false for a record and for an entry that is being deleted.
bool is_entry(std::string_view name) {
    return !name.empty() && !name.starts_with('.') && !name.ends_with(origin) && !name.ends_with(gone) &&
           name.find('/') == std::string_view::npos;
}

bool exists(int folder, const std::string& name) {
    struct stat status{};
    return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

std::vector<std::string> names_in(int folder) {
    std::vector<std::string> names;
    Entries entries(folder);
    while (const auto* name = entries ? entries.next() : nullptr) names.emplace_back(name);
    return names;
}

}  // namespace

std::string origin_of(const std::string& id) {
    return id + std::string(origin);
}

std::uint64_t disk_bytes(const struct stat& status) {
    constexpr std::uint64_t block = 512;  // the unit of st_blocks on every file system
    return static_cast<std::uint64_t>(status.st_blocks) * block;
}

Result<void> write_file(int folder, const std::string& name, const std::string& text, bool durable) {
    const UniqueFd file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return system_error("openat");
    if (auto written = write_all(file.get(), text); !written) return written;
    if (durable && ::fsync(file.get()) != 0) return system_error("fsync");
    return {};
}

Result<std::string> Trash::announce(const Leaving& leaving, const store::ResourceInfo& info) {
    auto id = unique_name();
    {
        const std::lock_guard guard(mutex_);
        announced_.insert(id);
    }
    const TrashRecord record{leaving.path, leaving.by,
                             std::chrono::time_point_cast<std::chrono::nanoseconds>(clock_.now()), info.identity,
                             info.created.time_since_epoch().count()};
    if (auto written = write_file(folder_, origin_of(id), encode(record), durable_); !written) {
        retract(id);
        return std::unexpected(std::move(written.error()));
    }
    return id;
}

void Trash::retract(const std::string& id) {
    ::unlinkat(folder_, origin_of(id).c_str(), 0);
    const std::lock_guard guard(mutex_);
    announced_.erase(id);
}

Result<void> Trash::take(int from, const std::string& name, const std::optional<std::string>& id,
                         const Leaving& leaving) {
    const auto to = id ? *id : gone_of(unique_name());
    if (!id) remember(to, leaving);
    if (::renameat(from, name.c_str(), folder_, to.c_str()) != 0) {
        const int error = errno;
        if (!id) forget_leaving(to);
        return system_error("renameat", error);
    }
    marks_.arrived(folder_, to);
    if (!id) {
        discarded_ = true;
        return {};
    }
    arrived(*id);
    return {};
}

void Trash::remove_elsewhere(int folder, const std::string& name, const Leaving& leaving) {
    auto budget = std::numeric_limits<std::size_t>::max();
    const auto report = remove_tree_reported(folder, name.c_str(), budget);
    if (report.gone) return;
    remember(name, leaving);
    {
        const std::lock_guard guard(mutex_);
        elsewhere_.insert_or_assign(name, leaving.path.parent());
    }
    note_stuck(name, report.obstacle);
}

/// For messages only: entries above the limit, and those that never had a URL, have no path.
void Trash::remember(const std::string& name, const Leaving& leaving) {
    constexpr std::size_t max_remembered = 10000;
    if (leaving.path.is_root()) return;
    const auto now = std::chrono::time_point_cast<std::chrono::nanoseconds>(clock_.now());
    const std::lock_guard guard(mutex_);
    if (leaving_.size() < max_remembered) leaving_.insert_or_assign(name, TrashRecord{leaving.path, leaving.by, now});
}

void Trash::forget_leaving(const std::string& name) {
    const std::lock_guard guard(mutex_);
    leaving_.erase(name);
    elsewhere_.erase(name);
}

void Trash::forget_removed(const std::string& name) {
    forget(name);
    stuck_.remove(name);
    warnings_.settled(name);
    forget_leaving(name);
}

/// Reports it once, and records its former path for a later run.
void Trash::note_stuck(const std::string& name, const Obstacle& obstacle) {
    std::optional<TrashRecord> known;
    bool here = true;
    {
        const std::lock_guard guard(mutex_);
        if (const auto found = leaving_.find(name); found != leaving_.end()) known = found->second;
        here = !elsewhere_.contains(name);
    }
    if (known && here) (void)write_file(folder_, origin_of(name), encode(*known), durable_);
    if (!known) known = record_of(name);
    stuck_.add(name, obstacle);
    auto text = "what was deleted cannot be removed from the disk: trash entry " + name;
    if (known) text += ", which was " + known->path.href();
    warnings_.report(name, text + ": " + printable(reason_of(obstacle)));
}

std::vector<std::string> Trash::names() const {
    return names_in(folder_);
}

std::optional<TrashRecord> Trash::record_of(const std::string& id) const {
    const UniqueFd file(::openat(folder_, origin_of(id).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return std::nullopt;
    const auto text = read_all(file.get());
    return text ? decode_trash_record(*text) : std::nullopt;
}

std::optional<store::TrashEntry> Trash::entry_of(const std::string& id) const {
    if (!is_entry(id)) return std::nullopt;
    struct stat status{};
    if (::fstatat(folder_, id.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    store::TrashEntry entry;
    entry.id = id;
    entry.collection = S_ISDIR(status.st_mode);
    entry.size = entry.collection ? 0 : static_cast<std::uint64_t>(status.st_size);
    if (!entry.collection) entry.on_disk = disk_bytes(status);
    entry.removed = store::FileTime(std::chrono::nanoseconds(
        nanoseconds(status.st_ctim.tv_sec, status.st_ctim.tv_nsec)));  // the rename changed the ctime
    if (auto record = record_of(id)) {
        entry.path = std::move(record->path);
        entry.removed = record->removed;
        entry.by = std::move(record->by);
        if (entry.collection) entry.on_disk = record->bytes.value_or(0);
    }
    return entry;
}

/// The entry that could not be deleted.
std::optional<store::TrashEntry> Trash::stuck_entry_of(const std::string& name) const {
    auto reason = stuck_.reason(name);
    if (!reason) return std::nullopt;
    auto record = record_of(name);
    if (!record) {
        const std::lock_guard guard(mutex_);
        if (const auto found = leaving_.find(name); found != leaving_.end()) record = found->second;
    }
    store::TrashEntry entry;
    entry.id = name;
    entry.collection = true;
    entry.stuck = std::move(*reason);
    if (record) {
        entry.path = std::move(record->path);
        entry.removed = record->removed;
        entry.by = std::move(record->by);
    }
    return entry;
}

std::vector<store::TrashEntry> Trash::list() const {
    std::vector<store::TrashEntry> entries;
    auto all = names();
    {
        const std::lock_guard guard(mutex_);
        for (const auto& [name, folder] : elsewhere_) all.push_back(name);
    }
    for (const auto& name : all) {
        auto entry = entry_of(name);
        if (!entry) entry = stuck_entry_of(name);
        if (entry) entries.push_back(std::move(*entry));
    }
    std::ranges::sort(entries, [](const auto& a, const auto& b) {
        return std::tie(a.removed, a.path, a.id) < std::tie(b.removed, b.path, b.id);
    });
    return entries;
}

Result<store::TrashEntry> Trash::find(const std::string& id) const {
    auto entry = entry_of(id);
    if (!entry && id.find('/') == std::string::npos) entry = stuck_entry_of(id);
    if (!entry)
        return fail(FailureCode::unknown_trash_entry, "The trash has no entry of this name; it may have been emptied.");
    return std::move(*entry);
}

void Trash::forget(const std::string& id) {
    ::unlinkat(folder_, origin_of(id).c_str(), 0);
}

void Trash::forget_restored(const store::TrashEntry& entry) {
    count_out(entry.id, entry.on_disk);
    forget(entry.id);
}

Result<void> Trash::discard(const std::string& id) {
    const std::lock_guard guard(sweeping_);
    return discard_entry(id);
}

Result<void> Trash::discard_entry(const std::string& id) {
    const auto entry = find(id);
    if (!entry) return std::unexpected(entry.error());
    if (!entry->stuck.empty()) return {};  // it has been discarded before
    const auto to = gone_of(id);
    if (::renameat(folder_, id.c_str(), folder_, to.c_str()) != 0) return system_error("renameat");
    discarded_ = true;
    count_out(id, entry->on_disk);
    // The record stays until the entry is deleted, because it names the file that could not be removed.
    if (::renameat(folder_, origin_of(id).c_str(), folder_, origin_of(to).c_str()) != 0) forget(id);
    return {};
}

std::vector<store::TrashEntry> Trash::empty_now() {
    stuck_.wake_all();
    auto budget = max_entries_now;
    {
        const std::lock_guard guard(sweeping_);
        for (const auto& name : names())
            if (budget > 0 && name.ends_with(gone) && !empty_entry(name, budget)) discarded_ = true;
    }
    (void)retry_elsewhere(budget);
    auto entries = list();
    std::erase_if(entries, [](const auto& entry) { return entry.stuck.empty(); });
    return entries;
}

/// Returns true when nothing more can be removed now: the entry is gone, or stuck.
bool Trash::empty_entry(const std::string& name, std::size_t& budget) {
    if (stuck_.is_resting(name)) return true;
    auto report = remove_tree_reported(folder_, name.c_str(), budget);
    if (!report.gone && budget == 0 && report.removed == 0) {
        // None of these entries can be removed. One further scan, so that the others do not wait forever.
        auto more = max_entries_now;
        report = remove_tree_reported(folder_, name.c_str(), more);
        if (more == 0 && report.removed > 0) return false;
    } else if (!report.gone && budget == 0) {
        return false;
    }
    if (report.gone)
        forget_removed(name);
    else
        note_stuck(name, report.obstacle);
    return true;
}

bool Trash::retry_elsewhere(std::size_t& budget) {
    std::map<std::string, ResourcePath> all;
    {
        const std::lock_guard guard(mutex_);
        all = elsewhere_;
    }
    for (const auto& [name, parent] : all) {
        if (budget == 0) return false;
        if (stuck_.is_resting(name)) continue;
        const auto folder = open_beneath(root_, parent.str(), O_RDONLY | O_DIRECTORY);
        if (!folder && folder.error().code != FailureCode::not_found) continue;
        const auto report = folder ? remove_tree_reported(folder->get(), name.c_str(), budget) : RemovalReport{true};
        if (report.gone)
            forget_removed(name);
        else if (report.obstacle.error != 0)
            note_stuck(name, report.obstacle);
    }
    return true;
}

bool Trash::is_announced(const std::string& id) const {
    const std::lock_guard guard(mutex_);
    return announced_.contains(id);
}

/// Returns true when nothing more can be removed now.
bool Trash::sweep_one(const std::string& name, store::FileTime oldest, std::size_t& budget) {
    if (name.ends_with(gone)) return empty_entry(name, budget);
    if (name.ends_with(origin)) {
        const auto id = name.substr(0, name.size() - origin.size());
        if (!is_announced(id) && !exists(folder_, id)) forget(id);
        return true;
    }
    if (name.starts_with('.')) {  // a crash prevented this record from replacing another
        ::unlinkat(folder_, name.c_str(), 0);
        return true;
    }
    const auto entry = entry_of(name);
    if (!entry) return true;
    if (entry->removed > oldest) {
        next_look_ = std::min<std::chrono::system_clock::time_point>(next_look_, entry->removed + keep_ + seconds(1));
        count_in(*entry);
        return true;
    }
    if (!discard_entry(name)) return true;
    return empty_entry(gone_of(name), budget);
}

/// For a trash that keeps nothing. Returns true when no work is left for now.
bool Trash::sweep_all(std::size_t& budget) {
    bool done = true;
    for (const auto& name : names()) {
        if (budget == 0) return false;
        const auto owner = name.ends_with(origin) ? name.substr(0, name.size() - origin.size()) : std::string();
        if (!owner.empty() && exists(folder_, owner)) continue;  // removed together with its entry
        if (!empty_entry(name, budget)) done = false;
    }
    return done;
}

bool Trash::empty_discarded(std::size_t& budget) {
    bool done = true;
    for (const auto& name : names()) {
        if (!name.ends_with(gone)) continue;
        if (budget == 0) return false;
        if (!empty_entry(name, budget)) done = false;
    }
    return done;
}

/// Scans all entries: deletes those that are too old, and recounts the sizes of the rest.
bool Trash::look_through(std::size_t& budget) {
    const auto now = clock_.now();
    next_look_ = now + std::min(longest_wait, keep_);  // an entry that arrives after this scan is not due earlier
    begin_count();
    bool done = true;
    for (const auto& name : names()) {
        if (!sweep_one(name, std::chrono::time_point_cast<std::chrono::nanoseconds>(now - keep_), budget)) done = false;
        if (budget > 0) continue;
        next_look_ = {};  // scans again from the beginning
        return false;
    }
    end_count();
    return done;
}

bool Trash::sweep(std::size_t& budget) {
    const std::lock_guard guard(sweeping_);
    const bool elsewhere = retry_elsewhere(budget);
    const bool discarded = discarded_.exchange(false);
    if (!keeps()) {
        const bool emptied = sweep_all(budget);
        if (!emptied) discarded_ = true;
        return emptied && elsewhere;
    }
    bool done = elsewhere;
    if (discarded && !empty_discarded(budget)) done = false;
    if (budget > 0 && clock_.now() >= next_look_ && !look_through(budget)) done = false;
    if (!count_arrivals(budget)) done = false;
    evict();
    if (!done) discarded_ = true;
    return done && !discarded_;
}

Trash::Records Trash::records_without_entry() const {
    Records records;
    for (const auto& name : names()) {
        if (!name.ends_with(origin)) continue;
        auto id = name.substr(0, name.size() - origin.size());
        if (id.ends_with(gone) || exists(folder_, id)) continue;
        if (auto record = record_of(id)) records.emplace_back(std::move(id), std::move(*record));
    }
    return records;
}

void Trash::recover(int folder) {
    const auto announced = records_without_entry();
    if (announced.empty()) return;
    for (const auto& name : names_in(folder)) {
        if (folder == folder_ && !is_entry(name)) continue;
        const auto info = entry_info(folder, name.c_str());
        if (!info) continue;
        const auto match = std::ranges::find_if(announced, [&](const auto& r) { return r.second.is_of(info->info); });
        if (match != announced.end()) ::renameat(folder, name.c_str(), folder_, match->first.c_str());
    }
}

void Trash::recover_entry(int folder, const std::string& name, const store::ResourceInfo& info) {
    const auto announced = records_without_entry();
    const auto match = std::ranges::find_if(announced, [&](const auto& r) { return r.second.is_of(info); });
    auto id = unique_name();
    if (match != announced.end()) id = match->first;
    const Leaving leaving = match != announced.end() ? Leaving{match->second.path, match->second.by} : Leaving{};
    (void)take(folder, name, keeps() ? std::optional(id) : std::nullopt, leaving);
}

}  // namespace davit::fs
