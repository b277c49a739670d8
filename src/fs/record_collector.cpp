#include "record_collector.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "property_codec.hpp"

namespace davit::fs {
namespace {

using std::chrono::milliseconds;

/// Entries looked at in one call, and the rest between two calls: at most some ten thousand a second.
constexpr std::size_t slice = 200;
constexpr milliseconds between_slices{20};
/// Records considered in one round; each takes some hundred bytes of memory.
constexpr std::size_t most_records = 50000;
/// Folders within folders that a walk follows, each with a descriptor; deeper trees are left alone.
constexpr std::size_t most_depth = 512;

/// The id of a record, and whether it has been set aside; nothing for other names.
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
            if (volume_.marks.running()) continue;  // something arrived in between
            return {pause(), unmet ? conclude(*unmet) : 0};
        }
    return {between_slices, 0};
}

/// false: there is no record old enough to be looked for.
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
    open_.clear();
    to_do_.clear();
    // The trash last: what is deleted during the walk is met there.
    for (const int folder : {volume_.state.trash(), volume_.state.tmp(), volume_.state.litter(), volume_.root.get()})
        if (folder >= 0) to_do_.emplace_back(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    volume_.marks.begin(std::move(unmet));
    meet_detached();
    return true;
}

/// Properties in the database that are no file's at the moment.
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

/// One entry further; false at the end of all.
bool RecordCollector::take_next() {
    if (open_.empty()) {
        if (!to_do_.empty()) {
            look_at(std::move(to_do_.back()));
            to_do_.pop_back();
            return true;
        }
        auto arrived = volume_.marks.next_arrival();
        if (arrived) look_at(std::move(*arrived));
        return arrived.has_value();
    }
    const auto* name = open_.back().next();
    if (!name) {
        if (open_.back().error() != 0) volume_.marks.spoil();
        open_.pop_back();
    } else if (open_.size() > 1 || name != ResourcePath::reserved_name) {
        look_at_entry(open_.back().descriptor(), name);
    }
    return true;
}

void RecordCollector::look_at_entry(int folder, const char* name) {
    const auto info = entry_info(folder, name);
    if (!info && info.error().code == FailureCode::not_found) return;  // gone; had it moved we would be told
    if (info && !S_ISREG(info->mode) && !S_ISDIR(info->mode)) return;
    UniqueFd fd(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ELOOP)) return;
    look_at(std::move(fd));
}

void RecordCollector::look_at(UniqueFd fd) {
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) != 0) return volume_.marks.spoil();
    const auto value = volume_.attributes->read(fd.get());
    if (!value) return volume_.marks.spoil();  // what cannot be read may point to any of them
    if (*value) meet(**value);
    if (const auto pointer = *value ? decode_pointer(**value) : std::nullopt)
        volume_.property_sets->note_owner(*pointer, fd.get());
    if (S_ISDIR(status.st_mode)) enter(std::move(fd));
}

void RecordCollector::enter(UniqueFd folder) {
    if (open_.size() >= most_depth) return volume_.marks.spoil();
    Entries entries(folder.get());
    if (!entries) return volume_.marks.spoil();
    open_.push_back(std::move(entries));
}

/// Nothing in the tree points to these. Setting aside can be undone; what is removed was set aside `kept` ago.
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
