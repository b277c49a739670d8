#include "trash.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "confined.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "files.hpp"
#include "state_folder.hpp"

namespace davit::fs {
namespace {

using std::chrono::seconds;

constexpr std::string_view origin = ".origin";
constexpr std::string_view gone = ".gone";
/// The longest time between two looks: clocks are set and configurations changed.
constexpr seconds longest_wait{600};

std::string origin_of(const std::string& id) {
    return id + std::string(origin);
}
std::string gone_of(const std::string& id) {
    return id + std::string(gone);
}

/// A thing itself, neither record nor on its way out.
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

Result<void> write_file(int folder, const std::string& name, const std::string& text, bool durable) {
    const UniqueFd file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return system_error("openat");
    if (auto written = write_all(file.get(), text); !written) return written;
    if (durable && ::fsync(file.get()) != 0) return system_error("fsync");
    return {};
}

}  // namespace

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

Result<void> Trash::take(int from, const std::string& name, const std::optional<std::string>& id) {
    const auto to = id ? *id : gone_of(unique_name());
    if (::renameat(from, name.c_str(), folder_, to.c_str()) != 0) return system_error("renameat");
    marks_.arrived(folder_, to);
    if (!id) {
        discarded_ = true;
        return {};
    }
    const std::lock_guard guard(mutex_);
    announced_.erase(*id);
    return {};
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
    entry.removed = store::FileTime(
        std::chrono::nanoseconds(nanoseconds(status.st_ctim.tv_sec, status.st_ctim.tv_nsec)));  // the rename changed it
    if (auto record = record_of(id)) {
        entry.path = std::move(record->path);
        entry.removed = record->removed;
        entry.by = std::move(record->by);
    }
    return entry;
}

std::vector<store::TrashEntry> Trash::list() const {
    std::vector<store::TrashEntry> entries;
    for (const auto& name : names())
        if (auto entry = entry_of(name)) entries.push_back(std::move(*entry));
    std::ranges::sort(entries, [](const auto& a, const auto& b) {
        return std::tie(a.removed, a.path, a.id) < std::tie(b.removed, b.path, b.id);
    });
    return entries;
}

Result<store::TrashEntry> Trash::find(const std::string& id) const {
    auto entry = entry_of(id);
    if (!entry) return fail(FailureCode::not_found, "The trash has no entry of this name; it may have been emptied.");
    return std::move(*entry);
}

void Trash::forget(const std::string& id) {
    ::unlinkat(folder_, origin_of(id).c_str(), 0);
}

Result<void> Trash::discard(const std::string& id) {
    if (const auto entry = find(id); !entry) return std::unexpected(entry.error());
    if (::renameat(folder_, id.c_str(), folder_, gone_of(id).c_str()) != 0) return system_error("renameat");
    discarded_ = true;
    forget(id);
    return {};
}

bool Trash::is_announced(const std::string& id) const {
    const std::lock_guard guard(mutex_);
    return announced_.contains(id);
}

/// True when nothing of it is left to remove now.
bool Trash::sweep_one(const std::string& name, store::FileTime oldest, std::size_t& budget) {
    if (name.ends_with(gone)) return remove_tree(folder_, name.c_str(), budget);
    if (name.ends_with(origin)) {
        const auto id = name.substr(0, name.size() - origin.size());
        if (!is_announced(id) && !exists(folder_, id)) forget(id);
        return true;
    }
    const auto entry = entry_of(name);
    if (!entry) return true;
    if (entry->removed > oldest) {
        next_look_ = std::min<std::chrono::system_clock::time_point>(next_look_, entry->removed + keep_ + seconds(1));
        return true;
    }
    if (!discard(name)) return true;
    return remove_tree(folder_, gone_of(name).c_str(), budget);
}

bool Trash::sweep(std::size_t& budget) {
    const bool discarded = discarded_.exchange(false);
    if (!keeps()) {
        const bool emptied = empty_folder(folder_, budget);
        if (!emptied) discarded_ = true;
        return emptied;
    }
    const auto now = clock_.now();
    if (!discarded && now < next_look_) return true;
    next_look_ = now + std::min(longest_wait, keep_);  // what comes after this look is not due before
    bool done = true;
    for (const auto& name : names()) {
        if (!sweep_one(name, std::chrono::time_point_cast<std::chrono::nanoseconds>(now - keep_), budget)) done = false;
        if (budget == 0) break;
    }
    if (!done || budget == 0) discarded_ = true;
    return done && budget > 0;
}

Trash::Records Trash::records_without_entry() const {
    Records records;
    for (const auto& name : names()) {
        if (!name.ends_with(origin)) continue;
        auto id = name.substr(0, name.size() - origin.size());
        if (exists(folder_, id)) continue;
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
    (void)take(folder, name, keeps() ? std::optional(id) : std::nullopt);
}

}  // namespace davit::fs
