#pragma once
// `.davit/trash`: what was taken away. ID is the thing itself, ID.origin its record, ID.gone is on its way out.
#include <atomic>
#include <mutex>
#include <set>

#include "davit/store/clock.hpp"
#include "davit/store/trash_store.hpp"
#include "record_marks.hpp"
#include "trash_record.hpp"

namespace davit::fs {

/// What the trash writes down of a thing that is about to be taken away.
struct Leaving {
    ResourcePath path;
    store::Actor by;
};

/// Thread-safe. The record is durable before the thing is taken away, so a crash leaves one of three: nothing done, a
/// record too many, which recover() uses or sweep() removes, or an entry with its record.
class Trash {
public:
    /// Borrows `folder`, `clock` and `marks`. `keep` 0: nothing is kept, sweep() empties everything.
    Trash(int folder, std::chrono::seconds keep, bool durable, const store::Clock& clock, RecordMarks& marks)
        : folder_(folder), keep_(keep), durable_(durable), clock_(clock), marks_(marks) {}

    bool keeps() const { return keep_.count() > 0; }
    int folder() const { return folder_; }

    /// Writes the record of what is about to come; its id.
    Result<std::string> announce(const Leaving& leaving, const store::ResourceInfo& info);
    /// It does not come.
    void retract(const std::string& id);
    /// Takes the entry by one rename: under its announced id, or, without one, never to be seen again.
    Result<void> take(int from, const std::string& name, const std::optional<std::string>& id);

    std::vector<store::TrashEntry> list() const;
    Result<store::TrashEntry> find(const std::string& id) const;
    /// Its entry has been renamed away: the record goes too.
    void forget(const std::string& id);
    Result<void> discard(const std::string& id);

    /// Removes what nobody can have back any more and what is older than it is kept; true when nothing is left to do.
    bool sweep(std::size_t& budget);
    /// Is there something to remove although it is not old?
    bool has_waste() const { return discarded_; }
    /// After a crash: entries of `folder` that were announced and did not arrive are taken. Before anything is served.
    void recover(int folder);
    /// The same for one entry; what was never announced is kept without a record.
    void recover_entry(int folder, const std::string& name, const store::ResourceInfo& info);

private:
    using Records = std::vector<std::pair<std::string, TrashRecord>>;
    std::optional<TrashRecord> record_of(const std::string& id) const;
    std::optional<store::TrashEntry> entry_of(const std::string& id) const;
    std::vector<std::string> names() const;
    Records records_without_entry() const;
    bool is_announced(const std::string& id) const;
    bool sweep_one(const std::string& name, store::FileTime oldest, std::size_t& budget);

    int folder_;
    std::chrono::seconds keep_;
    bool durable_;
    const store::Clock& clock_;
    RecordMarks& marks_;
    mutable std::mutex mutex_;
    std::set<std::string> announced_;    ///< their records have no entry yet, and must stay
    std::atomic<bool> discarded_{true};  ///< has_waste(); a crash may have left something
    std::chrono::system_clock::time_point next_look_{};
};

}  // namespace davit::fs
