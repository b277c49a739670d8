#include "working_copies.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "state_folder.hpp"

namespace davit::fs {
namespace {

constexpr const char* folder_name = "parts";
constexpr std::size_t max_copies = 64;
/// All copies together use at most this share of the free space.
constexpr std::uint64_t max_share = 4;
/// A client with more to send begins its next part within this time. The time stops while that part arrives.
constexpr std::chrono::seconds max_idle{60};
/// The maximum number of unwritten spans of one copy. More are merged into one.
constexpr std::size_t max_spans = 16;

bool is_same(const EntryInfo& one, const EntryInfo& other) {
    return one.info.identity == other.info.identity && one.info.device == other.info.device &&
           one.changed == other.changed && one.info.modified == other.info.modified && one.info.size == other.info.size;
}

/// True when no other descriptor in any process leads to the open file: only then the kernel grants a write lease.
/// False when it grants none for another reason.
bool is_open_nowhere_else(int file) {
    if (::fcntl(file, F_SETSIG, SIGURG) != 0)
        return false;  // the default signal for a broken lease would end the process
    if (::fcntl(file, F_SETLEASE, F_WRLCK) != 0) return false;
    return ::fcntl(file, F_SETLEASE, F_UNLCK) == 0;
}

FileNumber file_number(const EntryInfo& file) {
    return {file.info.device, file.info.identity};
}

std::size_t bit_of(const FileNumber& file, std::size_t bits) {
    const auto mixed = (file.inode ^ (file.device << 32)) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>(mixed >> 32) % bits;
}

bool has_one_name(int file) {
    struct stat status{};
    return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1;
}

std::vector<Span> bounded(std::vector<Span> spans) {
    if (spans.size() <= max_spans) return spans;
    Span all = spans.front();
    for (const auto& span : spans) {
        const auto end = std::max(all.begin + all.length, span.begin + span.length);
        all.begin = std::min(all.begin, span.begin);
        all.length = end - all.begin;
    }
    return {all};
}

}  // namespace

void WorkingCopies::begin(int state, const store::Clock& clock) {
    state_ = state;
    clock_ = &clock;
    if (::faccessat(state, folder_name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 || !open_folder()) return;
    auto budget = 10 * max_copies;
    (void)empty_folder(folder_.get(), budget);
}

/// Created at first use.
bool WorkingCopies::open_folder() {
    if (folder_) return true;
    ::mkdirat(state_, folder_name, 0700);
    folder_ = UniqueFd(::openat(state_, folder_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return static_cast<bool>(folder_);
}

void WorkingCopies::remove_file(const Entry& entry) const {
    if (!entry.name.empty()) ::unlinkat(folder_.get(), entry.name.c_str(), 0);
}

template <typename Condition>
void WorkingCopies::drop_if(Condition condition) {
    if (count_ == 0) return;
    const std::lock_guard guard(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) {
        const bool goes = condition(entry);
        if (goes) remove_file(entry);
        return goes;
    });
    count_ = entries_.size() + held_.size();
}

WorkingCopies::Hold::~Hold() {
    if (files_.empty()) return;
    const std::lock_guard guard(copies_.mutex_);
    for (const auto& file : files_) copies_.held_.erase(std::ranges::find(copies_.held_, file));
    copies_.count_ = copies_.entries_.size() + copies_.held_.size();
}

void WorkingCopies::Hold::add(const EntryInfo& file) {
    const std::lock_guard guard(copies_.mutex_);
    files_.push_back(file_number(file));
    copies_.held_.push_back(files_.back());
    copies_.count_ = copies_.entries_.size() + copies_.held_.size();
}

bool WorkingCopies::was_sent(const FileNumber& file) const {
    const auto bit = bit_of(file, words * 64);
    return (sent_[bit / 64] >> (bit % 64) & 1) != 0;
}

/// take() reads the bit after it has checked that no descriptor is open. A sender sets the bit before it closes its
/// descriptor, so one of the two checks finds it.
bool WorkingCopies::may_send_pages(std::uint64_t device, std::uint64_t inode) const {
    const FileNumber file{device, inode};
    if (count_ > 0) {
        const std::lock_guard guard(mutex_);
        const auto is_kept = [&](const Entry& entry) {
            return file_number(entry.current) == file || (!entry.name.empty() && file_number(entry.copy) == file);
        };
        if (std::ranges::find(held_, file) != held_.end() || std::ranges::any_of(entries_, is_kept)) return false;
    }
    const auto bit = bit_of(file, words * 64);
    if (!was_sent(file)) sent_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    return true;
}

void WorkingCopies::drop(const ResourcePath& path) {
    drop_if([&](const Entry& entry) { return path == entry.path || path.contains(entry.path); });
}

void WorkingCopies::drop_idle() {
    drop_if([&, oldest = clock_ ? clock_->monotonic() - max_idle : std::chrono::system_clock::time_point()](
                const Entry& entry) { return entry.kept < oldest; });
}

/// Includes the existing copies.
bool WorkingCopies::may_keep(std::uint64_t bytes) const {
    struct statvfs room{};
    if (::fstatvfs(folder_.get(), &room) != 0) return false;
    for (const auto& entry : entries_)
        if (!entry.name.empty()) bytes += entry.copy.info.size;
    return bytes <= static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize / max_share;
}

WorkingCopies::Found WorkingCopies::take(const EntryInfo& current, Hold& hold) {
    if (count_ == 0) return {};
    const std::lock_guard guard(mutex_);
    const auto entry =
        std::ranges::find_if(entries_, [&](const Entry& each) { return is_same(each.current, current); });
    if (entry == entries_.end()) return {};
    Found found{true, std::nullopt};
    if (!entry->name.empty()) {
        UniqueFd file(::openat(folder_.get(), entry->name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
        const auto now = file ? entry_info(file.get()) : Result<EntryInfo>(EntryInfo());
        if (file && now && is_same(*now, entry->copy) && has_one_name(file.get()) && is_open_nowhere_else(file.get()) &&
            (entry->copy_of_part || !was_sent(file_number(*now))))
            found.copy = Copy{std::move(file), entry->name, std::move(entry->missing)};
        else
            remove_file(*entry);
    }
    hold.files_.push_back(file_number(entry->current));
    held_.push_back(hold.files_.back());
    entries_.erase(entry);
    count_ = entries_.size() + held_.size();
    return found;
}

bool WorkingCopies::keep(const ResourcePath& path, const EntryInfo& current, Replaced replaced) {
    drop(path);
    const std::lock_guard guard(mutex_);
    Entry entry{path, current, {}, {}, bounded(std::move(replaced.missing)), clock_->monotonic(), replaced.of_part};
    bool kept = false;
    if (!replaced.name.empty()) {
        const char* name = replaced.name.c_str();
        const auto fresh = unique_name();
        const auto info = entry_info(replaced.folder, name);
        kept = info && S_ISREG(info->mode) && (replaced.of_part || !was_sent(file_number(*info))) && open_folder() &&
               may_keep(info->info.size) && ::renameat(replaced.folder, name, folder_.get(), fresh.c_str()) == 0;
        const auto now = kept ? entry_info(folder_.get(), fresh.c_str()) : info;  // a rename changes the ctime
        if (kept) entry.name = fresh;
        if (kept && now) entry.copy = *now;
    }
    if (entries_.size() == max_copies) {
        remove_file(entries_.front());
        entries_.erase(entries_.begin());
    }
    entries_.push_back(std::move(entry));
    count_ = entries_.size() + held_.size();
    return kept;
}

}  // namespace davit::fs
