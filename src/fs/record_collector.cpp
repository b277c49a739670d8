#include "record_collector.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "property_codec.hpp"

namespace davit::fs {
namespace {

using std::chrono::milliseconds;

/// Entries for each call, and the rest between two calls: at most some ten thousand a second.
constexpr std::size_t slice = 200;
constexpr milliseconds between_slices{20};
/// The maximum number of records in one round; each takes some hundred bytes of memory.
constexpr std::size_t most_records = 50000;

/// The id of a record, and whether it has been set aside. Returns nothing for other names.
std::optional<std::pair<std::string, bool>> id_of(std::string_view name) {
    const bool lost = name.ends_with(lost_suffix);
    if (lost) name.remove_suffix(lost_suffix.size());
    if (name.empty() || name.find_first_not_of("0123456789abcdef") != name.npos) return std::nullopt;
    return std::pair(std::string(name), lost);
}

bool is_older(int folder, const char* name, std::chrono::seconds age) {
    const auto info = entry_info(folder, name);
    return info && info->info.modified + age <= std::chrono::system_clock::now();
}

}  // namespace

RecordCollector::Progress RecordCollector::step() {
    if (!volume_.marks.running() && !begin()) return {pause(), 0};
    for (std::size_t i = 0; i < slice; ++i)
        if (!take_next()) {
            const auto unmet = volume_.marks.finish();
            if (volume_.marks.running()) continue;  // an entry arrived meanwhile
            return {pause(), unmet ? conclude(*unmet) : 0};
        }
    return {between_slices, 0};
}

/// Returns false when no record is old enough to be checked.
bool RecordCollector::begin() {
    const int records = volume_.state.records();
    Entries entries(records);
    if (!entries) return false;
    RecordMarks::Unmet unmet;
    while (const auto* name = entries.next()) {
        const auto id = id_of(name);
        if (!id || id->first <= cursor_ || !is_older(records, name, kept_)) continue;
        unmet.insert(*id);
        if (unmet.size() > most_records) unmet.erase(std::prev(unmet.end()));
    }
    cursor_ = unmet.size() == most_records ? unmet.rbegin()->first : std::string();
    if (unmet.empty()) return false;
    walk_.reset();
    to_do_.clear();
    // The trash comes last: the walk meets there what was deleted meanwhile.
    for (const int folder : {volume_.state.trash(), volume_.state.tmp(), volume_.state.litter(), volume_.root.get()})
        if (folder >= 0) to_do_.emplace_back(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    volume_.marks.begin(std::move(unmet));
    meet_detached();
    return true;
}

/// Properties in the database that belong to no file now.
void RecordCollector::meet_detached() {
    const auto met = volume_.property_table->each_detached([this](const std::string& value) { meet(value); });
    if (!met) volume_.marks.spoil();
}

void RecordCollector::meet(const std::string& value) {
    const auto pointer = decode_pointer(value);
    if (!pointer || !volume_.marks.meet(pointer->id)) return;
    const auto lost = pointer->id + std::string(lost_suffix);
    ::renameat(volume_.state.records(), lost.c_str(), volume_.state.records(), pointer->id.c_str());
}

/// Advances one entry. Returns false at the end.
bool RecordCollector::take_next() {
    if (walk_) {
        walk_->entries ? read_on() : go_on();
        return true;
    }
    if (!to_do_.empty()) {
        auto next = std::move(to_do_.back());
        to_do_.pop_back();
        begin_walk(std::move(next));
        return true;
    }
    auto arrived = volume_.marks.next_arrival();
    if (arrived) begin_walk(std::move(*arrived));
    return arrived.has_value();
}

void RecordCollector::begin_walk(UniqueFd top) {
    struct stat status{};
    if (!top || ::fstat(top.get(), &status) != 0) return volume_.marks.spoil();
    look_at(top.get());
    if (!S_ISDIR(status.st_mode)) return;
    walk_.emplace(std::move(top));
    if (!*walk_->entries) volume_.marks.spoil();
}

/// Takes one entry of the current directory. Its subdirectories are entered after it has been read.
void RecordCollector::read_on() {
    auto& entries = *walk_->entries;
    const auto* name = entries ? entries.next() : nullptr;
    if (!name) {
        if (entries && entries.error() != 0) volume_.marks.spoil();
        walk_->entries.reset();
    } else if (walk_->stack.depth() > 0 || name != ResourcePath::reserved_name) {
        look_at_entry(name);
    }
}

void RecordCollector::look_at_entry(const char* name) {
    const int folder = walk_->stack.fd();
    const auto info = entry_info(folder, name);
    if (!info && info.error().code == FailureCode::not_found)
        return;  // deleted; if it had moved, arrived() would have reported it
    if (info && S_ISDIR(info->mode)) walk_->folders.back().emplace_back(name);
    if (info && !S_ISREG(info->mode)) return;
    const UniqueFd fd(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ELOOP)) return;
    look_at(fd.get());
}

/// Enters the next subdirectory, or returns to the parent.
void RecordCollector::go_on() {
    auto& folders = walk_->folders;
    if (folders.back().empty()) {
        folders.pop_back();
        const bool lost = !folders.empty() && !walk_->stack.pop();
        if (lost) volume_.marks.spoil();
        if (lost || folders.empty()) walk_.reset();
        return;
    }
    const auto name = std::move(folders.back().back());
    folders.back().pop_back();
    if (!walk_->stack.enter(name.c_str())) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) volume_.marks.spoil();
        return;
    }
    folders.emplace_back();
    look_at(walk_->stack.fd());
    walk_->entries.emplace(walk_->stack.fd());
    if (!*walk_->entries) volume_.marks.spoil();
}

void RecordCollector::look_at(int fd) {
    if (fd < 0) return volume_.marks.spoil();
    const auto value = volume_.attributes->read(fd);
    if (!value) return volume_.marks.spoil();  // an unreadable set may point to any of them
    if (*value) meet(**value);
    if (const auto pointer = *value ? decode_pointer(**value) : std::nullopt)
        volume_.property_sets->note_owner(*pointer, fd);
}

/// No set in the tree points to these. Setting aside can be undone. A removed record was set aside `kept` ago.
std::size_t RecordCollector::conclude(const RecordMarks::Unmet& unmet) const {
    const int records = volume_.state.records();
    std::size_t removed = 0;
    for (const auto& [id, lost] : unmet) {
        const auto aside = id + std::string(lost_suffix);
        if (lost) {
            removed += ::unlinkat(records, aside.c_str(), 0) == 0;
            continue;
        }
        const timespec now[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
        if (::utimensat(records, id.c_str(), now, AT_SYMLINK_NOFOLLOW) == 0)
            ::renameat(records, id.c_str(), records, aside.c_str());
    }
    return removed;
}

milliseconds RecordCollector::pause() const {
    if (!cursor_.empty()) return between_slices;
    return std::clamp<milliseconds>(kept_ / 4, milliseconds(100), std::chrono::hours(6));
}

}  // namespace davit::fs
