#pragma once
// `.davit/trash`: removed entries. ID is the entry itself, ID.origin its record, ID.gone an entry that is being
// deleted.
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "background_warnings.hpp"
#include "davit/store/clock.hpp"
#include "davit/store/trash_store.hpp"
#include "record_marks.hpp"
#include "stuck_entries.hpp"
#include "trash_record.hpp"
#include "tree_size.hpp"

namespace davit::fs {

/// What the trash records about an entry that is about to be removed.
struct Leaving {
    ResourcePath path;
    store::Actor by;
    std::optional<std::string>* trash_id = nullptr;  ///< if set: receives the id under which the trash keeps the entry
};

/// Thread-safe. The record is durable before the entry is removed, so a crash leaves one of three: nothing done; a
/// spare record, which recover() uses or sweep() removes; or an entry with its record.
class Trash {
public:
    struct Options {
        std::chrono::seconds keep{};  ///< 0: keeps nothing, sweep() removes everything
        bool durable = true;
        std::uint64_t max_bytes = 0;  ///< above it sweep() deletes the oldest entries; 0: no limit
    };
    /// Borrows everything but the options. `folder` is `.davit/trash`.
    Trash(int root, int folder, const Options& options, const store::Clock& clock, RecordMarks& marks,
          BackgroundWarnings& warnings)
        : root_(root),
          folder_(folder),
          keep_(options.keep),
          durable_(options.durable),
          max_bytes_(options.max_bytes),
          clock_(clock),
          marks_(marks),
          warnings_(warnings),
          stuck_(clock) {}

    bool keeps() const { return keep_.count() > 0; }
    int folder() const { return folder_; }

    /// Writes the record of an entry that is about to arrive. Returns its id.
    Result<std::string> announce(const Leaving& leaving, const store::ResourceInfo& info);
    /// The announced entry will not arrive.
    void retract(const std::string& id);
    /// Takes the entry by one rename: under its announced id, or, without an id, to be deleted.
    Result<void> take(int from, const std::string& name, const std::optional<std::string>& id, const Leaving& leaving);
    /// Removes an entry that was put away on another file system, in `folder`. Lists what remains of it as stuck.
    void remove_elsewhere(int folder, const std::string& name, const Leaving& leaving);

    std::vector<store::TrashEntry> list() const;
    Result<store::TrashEntry> find(const std::string& id) const;
    /// The entry has been restored by a rename: removes its record.
    void forget_restored(const store::TrashEntry& entry);
    Result<void> discard(const std::string& id);
    std::vector<store::TrashEntry> empty_now();
    store::TrashUsage usage() const;
    store::TrashUsage usage_now();

    /// Deletes discarded entries and those that are too old. Returns true when no work is left.
    bool sweep(std::size_t& budget);
    /// True when there are entries to delete before their time, or to count.
    bool has_waste() const { return discarded_ || arrived_; }
    /// After a crash: takes announced entries of `folder` that have not arrived. Call it before the server accepts
    /// requests.
    void recover(int folder);
    /// The same for one entry. An entry that was not announced is kept without a record.
    void recover_entry(int folder, const std::string& name, const store::ResourceInfo& info);

private:
    using Records = std::vector<std::pair<std::string, TrashRecord>>;
    std::optional<TrashRecord> record_of(const std::string& id) const;
    std::optional<store::TrashEntry> entry_of(const std::string& id) const;
    std::vector<std::string> names() const;
    Records records_without_entry() const;
    bool is_announced(const std::string& id) const;
    std::optional<store::TrashEntry> stuck_entry_of(const std::string& name) const;
    void forget(const std::string& id);
    bool sweep_one(const std::string& name, store::FileTime oldest, std::size_t& budget);
    Result<void> discard_entry(const std::string& id);
    bool empty_discarded(std::size_t& budget);
    bool look_through(std::size_t& budget);
    void arrived(const std::string& id);
    void begin_count();
    void count_in(const store::TrashEntry& entry);
    void end_count();
    bool count_arrivals(std::size_t& budget);
    bool count(const std::string& id, std::size_t& budget);
    std::optional<std::uint64_t> size_of(const std::string& id, std::size_t& budget);
    void write_bytes(const std::string& id, std::uint64_t bytes);
    void count_out(const std::string& id, std::uint64_t bytes);
    void evict();
    bool evict_one(const std::string& id);
    bool is_too_large();
    bool sweep_all(std::size_t& budget);
    bool empty_entry(const std::string& name, std::size_t& budget);
    bool retry_elsewhere(std::size_t& budget);
    void note_stuck(const std::string& name, const Obstacle& obstacle);
    void remember(const std::string& name, const Leaving& leaving);
    void forget_leaving(const std::string& name);
    void forget_removed(const std::string& name);

    int root_;
    int folder_;
    std::chrono::seconds keep_;
    bool durable_;
    std::uint64_t max_bytes_;
    const store::Clock& clock_;
    RecordMarks& marks_;
    BackgroundWarnings& warnings_;
    StuckEntries stuck_;
    std::mutex sweeping_;                ///< one sweep at a time; guards the following members, up to arrived_
    std::optional<TreeSize> measuring_;  ///< a directory whose size is being counted
    std::deque<std::string> oldest_;     ///< some of the oldest entries; they may be gone
    std::uint64_t recount_ = 0;          ///< bytes of the entries that look_through() has met
    std::set<std::string> unknown_;      ///< directories it has met with an unknown size
    std::atomic<bool> arrived_{false};   ///< a kept entry has arrived: uncounted_
    std::atomic<std::uint64_t> evicted_{0};
    mutable std::mutex mutex_;
    std::set<std::string> announced_;                ///< their records have no entry yet, and must stay
    std::set<std::string> uncounted_;                ///< entries whose size is not in bytes_
    std::uint64_t bytes_ = 0;                        ///< the size of the counted entries
    std::map<std::string, TrashRecord> leaving_;     ///< entries that are being deleted, for messages
    std::map<std::string, ResourcePath> elsewhere_;  ///< stuck on other file systems: the directories that contain them
    std::atomic<bool> discarded_{true};              ///< has_waste(); a crash may have left entries
    std::chrono::system_clock::time_point next_look_{};
};

}  // namespace davit::fs
