// Counts the disk space of the trash, and deletes entries when it is too large.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "files.hpp"
#include "trash.hpp"
#include "trash_files.hpp"

namespace davit::fs {
namespace {

/// The number of entries whose order one listing keeps in memory: so many are deleted before the next listing.
constexpr std::size_t max_oldest = 1000;

}  // namespace

void Trash::arrived(const std::string& id) {
    {
        const std::lock_guard guard(mutex_);
        announced_.erase(id);
        uncounted_.insert(id);
    }
    arrived_ = true;
}

void Trash::begin_count() {
    recount_ = 0;
    unknown_.clear();
}

void Trash::count_in(const store::TrashEntry& entry) {
    {
        const std::lock_guard guard(mutex_);
        if (uncounted_.contains(entry.id)) return;
    }
    if (entry.collection && entry.on_disk == 0)
        unknown_.insert(entry.id);
    else
        recount_ += entry.on_disk;
}

void Trash::end_count() {
    if (!unknown_.empty()) arrived_ = true;
    const std::lock_guard guard(mutex_);
    bytes_ = recount_;
    uncounted_.merge(unknown_);
}

void Trash::count_out(const std::string& id, std::uint64_t bytes) {
    const std::lock_guard guard(mutex_);
    if (uncounted_.erase(id) == 0) bytes_ -= std::min(bytes_, bytes);
}

/// Returns nothing while the budget does not suffice.
std::optional<std::uint64_t> Trash::size_of(const std::string& id, std::size_t& budget) {
    if (!measuring_ || measuring_->name() != id) measuring_.emplace(folder_, id);
    if (!measuring_->look(budget)) return std::nullopt;
    const auto bytes = measuring_->bytes();
    measuring_.reset();
    return bytes;
}

/// Replaces the record atomically: a crash leaves the old one or the new one.
void Trash::write_bytes(const std::string& id, std::uint64_t bytes) {
    auto record = record_of(id);
    if (!record) return;
    record->bytes = bytes;
    const auto fresh = "." + id;
    if (write_file(folder_, fresh, encode(*record), durable_))
        ::renameat(folder_, fresh.c_str(), folder_, origin_of(id).c_str());
    else
        ::unlinkat(folder_, fresh.c_str(), 0);
}

/// Returns true when the count is complete.
bool Trash::count(const std::string& id, std::size_t& budget) {
    const auto bytes = size_of(id, budget);
    if (!bytes) return false;
    struct stat status{};
    const bool there = ::fstatat(folder_, id.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && S_ISDIR(status.st_mode)) write_bytes(id, *bytes);
    // An entry that is too large by itself is deleted alone; older ones stay.
    if (there && max_bytes_ > 0 && *bytes > max_bytes_ && evict_one(id)) return true;
    const std::lock_guard guard(mutex_);
    if (uncounted_.erase(id) > 0 && there) bytes_ += *bytes;
    return true;
}

/// Counts the entries that arrived since the last call. Returns true when all are counted.
bool Trash::count_arrivals(std::size_t& budget) {
    if (!arrived_.exchange(false)) return true;
    std::vector<std::string> ids;
    if (measuring_) ids.push_back(measuring_->name());
    {
        const std::lock_guard guard(mutex_);
        for (const auto& id : uncounted_)
            if (ids.empty() || id != ids.front()) ids.push_back(id);
    }
    for (const auto& id : ids) {
        if (budget > 0) --budget;
        if (budget > 0 && count(id, budget)) continue;
        arrived_ = true;
        return false;
    }
    return true;
}

bool Trash::is_too_large() {
    const std::lock_guard guard(mutex_);
    return max_bytes_ > 0 && bytes_ > max_bytes_;
}

bool Trash::evict_one(const std::string& id) {
    if (!discard_entry(id)) return false;
    ++evicted_;
    return true;
}

/// Deletes the oldest entries until the rest fits.
void Trash::evict() {
    bool fresh = false;
    while (is_too_large()) {
        if (oldest_.empty()) {
            if (fresh) return;  // none of them could be deleted
            fresh = true;
            for (const auto& entry : list()) {
                if (oldest_.size() == max_oldest) break;
                if (entry.stuck.empty()) oldest_.push_back(entry.id);
            }
            if (oldest_.empty()) return;
        }
        const auto id = std::move(oldest_.front());
        oldest_.pop_front();
        if (evict_one(id)) fresh = false;
    }
}

store::TrashUsage Trash::usage() const {
    store::TrashUsage usage{.max_bytes = max_bytes_, .evicted = evicted_, .stuck = stuck_.count()};
    const std::lock_guard guard(mutex_);
    usage.bytes = bytes_;
    return usage;
}

store::TrashUsage Trash::usage_now() {
    if (keeps()) {
        const std::lock_guard guard(sweeping_);
        auto budget = max_entries_now;
        if (clock_.now() >= next_look_) (void)look_through(budget);
        (void)count_arrivals(budget);
        evict();
    }
    return usage();
}

}  // namespace davit::fs
