#include "davit/fs/open_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstring>
#include <limits>

#include "database.hpp"
#include "diverting_stores.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_trash.hpp"
#include "health.hpp"
#include "idempotency_table.hpp"
#include "lock_table.hpp"
#include "properties.hpp"
#include "record_check.hpp"
#include "record_collector.hpp"
#include "resources.hpp"
#include "write_ahead_log.hpp"

namespace davit::fs {
namespace {

/// The number of trash entries that one sweep() removes, and the same number of diverted files.
constexpr std::size_t sweep_budget = 1000;

class PosixTree final : public Tree {
public:
    PosixTree()
        : resources_(volume_),
          properties_(volume_),
          diverting_resources_(volume_.diverted, resources_),
          diverting_properties_(volume_.diverted, properties_),
          trash_(volume_) {}

    Result<void> open(const TreeOptions& options, const store::Clock& clock) {
        if (auto done = open_root(options); !done) return done;
        if (options.read_only) {
            volume_.state = StateFolder::open_to_read(volume_.root.get());
            choose_attributes(options);
        } else if (auto done = open_state(options, clock); !done) {
            return done;
        }
        if (volume_.journal) recover(options);
        const bool kept = options.durable && database_;
        auto locks = LockTable::open(kept ? database_.get() : nullptr, kept ? volume_.journal.get() : nullptr, clock);
        if (!locks) return std::unexpected(std::move(locks.error()));
        locks_ = std::move(*locks);
        drop_stray_locks();
        collector_ = std::make_unique<RecordCollector>(volume_, options.unused_records);
        return database_ ? open_idempotency(clock) : Result<void>();
    }

    store::ResourceStore& resources() override {
        if (volume_.diverted.on()) return diverting_resources_;
        return resources_;
    }
    store::PropertyStore& properties() override {
        if (volume_.diverted.on()) return diverting_properties_;
        return properties_;
    }
    store::LockStore& locks() override { return *locks_; }
    store::IdempotencyStore* idempotency() override { return idempotency_.get(); }
    store::TrashStore* trash() override { return volume_.trash ? &trash_ : nullptr; }

    bool sweep() override {
        locks_->drop_expired();
        volume_.copies.drop_idle();
        if (!volume_.trash) return true;
        const bool settled = !database_ || database_->settle();
        if (volume_.attributes->is_kept_by_name()) volume_.property_table->drop_rows_of_emptied_trash();
        auto litter_budget = sweep_budget;
        auto budget = sweep_budget;
        const bool diverted = volume_.diverted.sweep(litter_budget);
        auto staged_budget = sweep_budget;
        const bool staged = volume_.journal->remove_staged(volume_, staged_budget);
        return volume_.trash->sweep(budget) && settled && diverted && staged;
    }

    bool has_waste() const override { return volume_.trash && (volume_.trash->has_waste() || volume_.warnings.any()); }

    std::vector<std::string> take_warnings() override { return volume_.warnings.take(); }

    Collected collect() override {
        if (!volume_.state.exists()) return {std::chrono::hours(24), 0};
        const auto progress = collector_->step();
        return {progress.rest, progress.removed};
    }

    void tidy_state() override {
        volume_.reserve.restore();
        if (database_) database_->truncate_log_when_idle();
    }

    std::string state_problem() const override {
        if (!database_) return {};
        const auto now = entry_info(volume_.state.folder(), database_name);
        if (now && now->info.identity == database_inode_) return {};
        return ".davit/state.db was removed or replaced while the server runs: locks that are taken from now on are "
               "lost at the next start. Restart the server.";
    }

    Result<void> make_home(const std::string& name) override {
        const int root = volume_.root.get();
        if (::mkdirat(root, name.c_str(), 0700) == 0) return volume_.sync_folder(root);
        if (errno != EEXIST) return system_error("mkdirat");
        const auto there = open_beneath(root, name, O_PATH | O_DIRECTORY, store::Waiting::allowed, Links::followed);
        if (there) return {};
        if (there.error().code != FailureCode::not_found) return std::unexpected(there.error());
        return fail(FailureCode::home_not_a_folder, "The home path exists but is not a directory.");
    }

    Result<std::shared_ptr<const HealthCheck>> health_check() const override {
        return make_health_check(volume_, path_);
    }

    /// First removes entries under construction, then checks the rows: rows that were set aside also point to records.
    Result<TreeReport> check(bool repair, bool restored) {
        auto staged = volume_.journal->staged();
        auto budget = std::numeric_limits<std::size_t>::max();
        volume_.journal->remove_staged(volume_, budget);
        auto rows = volume_.property_table->check(repair, restored, volume_.state.folder());
        if (!rows) return std::unexpected(rows.error());
        auto report = check_records(volume_, repair);
        if (!report) return report;
        report->set_aside = std::move(rows->set_aside);
        report->given_back = std::move(rows->given_back);
        report->set_aside_kept_as_text = rows->kept_as_text;
        report->staged = std::move(staged);
        report->warnings = volume_.warnings.take();
        return report;
    }

    std::string describe() const override { return "properties in " + volume_.attributes->describe(); }

private:
    Result<void> open_root(const TreeOptions& options) {
        volume_.root = UniqueFd(::open(options.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!volume_.root) return system_error("open");
        std::error_code none;
        path_ = std::filesystem::absolute(options.root, none);
        const auto info = info_of(volume_.root.get());
        if (!info) return std::unexpected(info.error());
        volume_.device = info->device;
        if (const auto entry = entry_info(volume_.root.get())) volume_.mount = entry->mount;
        volume_.durable = options.durable;
        return {};
    }

    Result<void> open_state(const TreeOptions& options, const store::Clock& clock) {
        auto state = StateFolder::open(volume_.root.get());
        if (!state) return std::unexpected(std::move(state.error()));
        volume_.state = std::move(*state);

        volume_.reserve.begin(volume_.state.folder());
        const auto path = std::filesystem::canonical(options.root) / ".davit" / database_name;
        const bool lost = !volume_.state.is_new() &&
                          ::faccessat(volume_.state.folder(), database_name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
        const auto log_before = read_log_index(path.string());
        auto database = Database::open(path.string(), options.durable, [this] { return volume_.reserve.give_up(); });
        if (!database) return std::unexpected(std::move(database.error()));
        database_ = std::move(*database);
        if (lost)
            volume_.warnings.report(database_name, path.string() +
                                                       " was missing, and a new one was made: the locks, the kept "
                                                       "answers and the properties that were in it are gone.");
        const auto gone = lost_changes(path.string(), log_before, read_log_index(path.string()));
        if (!gone.empty()) volume_.warnings.report(database_name + std::string("-wal"), gone);
        warn_of_second_mounts();
        if (const auto made = entry_info(volume_.state.folder(), database_name)) database_inode_ = made->info.identity;
        volume_.property_table = std::make_unique<PropertyTable>(*database_);
        volume_.property_table->begin(volume_.root.get(), folds_case());
        choose_attributes(options);
        volume_.journal = std::make_unique<Journal>(*database_);
        volume_.trash =
            std::make_unique<Trash>(volume_.root.get(), volume_.state.trash(),
                                    Trash::Options{options.trash_keep, options.durable, trash_bytes(options)}, clock,
                                    volume_.marks, volume_.warnings);
        empty_tmp();
        volume_.copies.begin(volume_.state.folder(), clock);
        return open_litter(options, clock);
    }

    void warn_of_second_mounts() {
        constexpr std::size_t max_told = 10;
        auto twice = volume_.mounts.shown_twice(volume_.root.get());
        if (twice.size() > max_told) twice.resize(max_told);
        for (const auto& each : twice)
            volume_.warnings.report(each.other,
                                    (path_ / each.other).string() + " shows the folder " + (path_ / each.one).string() +
                                        " a second time (a bind mount): a lock and a rule on one path do not "
                                        "hold for the other, and two clients can replace each other's changes. "
                                        "Serve the folder under one of the paths.");
    }

    /// The journal first returns files to their places, then the property rows follow the files.
    void recover(const TreeOptions& options) {
        volume_.journal->recover(volume_);
        volume_.property_table->recover(options.trash_keep.count() > 0);
        if (volume_.attributes == volume_.property_table.get()) volume_.property_table->adopt_former();
    }

    Result<void> open_idempotency(const store::Clock& clock) {
        auto table = IdempotencyTable::open(*database_, clock);
        if (!table) return std::unexpected(std::move(table.error()));
        idempotency_ = std::move(*table);
        return {};
    }

    /// 0: no limit.
    std::uint64_t trash_bytes(const TreeOptions& options) const {
        if (options.trash_max.percent == 0) return options.trash_max.bytes;
        struct statvfs room{};
        if (::fstatvfs(volume_.state.trash(), &room) != 0) return 0;
        return static_cast<std::uint64_t>(room.f_blocks) * room.f_frsize / 100 * options.trash_max.percent;
    }

    Result<void> open_litter(const TreeOptions& options, const store::Clock& clock) {
        if (auto opened = volume_.state.open_litter(!options.diverted_names.empty()); !opened) return opened;
        volume_.diverted.begin(volume_.root.get(), volume_.state.litter(), options.diverted_names,
                               options.diverted_keep, clock, volume_.warnings);
        return {};
    }

    /// Moves what the last run was building to the trash. The sweep empties it in the background, because it can be
    /// large. An old version that had just been replaced is kept in the trash.
    void empty_tmp() {
        const int tmp = volume_.state.tmp();
        volume_.trash->recover(tmp);
        volume_.trash->recover(volume_.state.trash());
        Entries entries(tmp);
        std::vector<std::string> names;
        while (const auto* name = entries ? entries.next() : nullptr) names.emplace_back(name);
        for (const auto& name : names) discard_from(tmp, name);
    }

    void discard_from(int folder, const std::string& name) {
        if (volume_.trash->take(folder, name, std::nullopt, {})) return;
        // Moving a directory needs the right to write in it.
        (void)::fchmodat(folder, name.c_str(), 0700, 0);
        if (auto taken = volume_.trash->take(folder, name, std::nullopt, {}); !taken)
            volume_.warnings.report(
                name, ".davit/tmp/" + name + " cannot be removed: " + std::strerror(taken.error().system->number));
    }

    /// A lock on an unmapped URL is left over from a crash between the halves of a DELETE or LOCK.
    void drop_stray_locks() {
        std::vector<LockToken> stray;
        for (const auto& lock : locks_->all()) {
            // Nearly all locks are valid, and there may be a hundred thousand, so the cheapest check comes first.
            if (::faccessat(volume_.root.get(), lock->root.str().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) continue;
            const auto info = resources().stat(lock->root, store::Waiting::allowed);
            if (!info && info.error().code == FailureCode::not_found) stray.push_back(lock->token);
        }
        locks_->forget_surely(stray);
    }

    /// The state directory contains "lock" and no "LOCK".
    bool folds_case() const { return ::faccessat(volume_.state.folder(), "LOCK", F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

    void choose_attributes(const TreeOptions& options) {
        const bool probe = volume_.state.exists();
        const bool extended = options.properties == PropertyPlace::attributes ||
                              (options.properties == PropertyPlace::automatic &&
                               (!probe || keeps_extended_attributes(volume_.state.folder())));
        volume_.extended_attributes = make_extended_attributes();
        volume_.attributes = volume_.extended_attributes.get();
        if (!extended && volume_.property_table) volume_.attributes = volume_.property_table.get();
        volume_.property_sets = std::make_unique<PropertySets>(*volume_.attributes, volume_.state.records(),
                                                               volume_.marks, options.durable);
        // Properties in the database change without a change of the file.
        volume_.known = std::make_unique<KnownResources>(volume_.root.get(), extended ? options.cache_bytes : 0);
        volume_.bare = std::make_unique<KnownBare>(volume_.known->keeps());
        volume_.texts = std::make_unique<KnownTexts>();
        volume_.spelling.begin(volume_.device, options.exact_names ? Names::exact : Names::by_form,
                               KnownResources::is_trusted(volume_.root.get()));
    }

    std::filesystem::path path_;  ///< the root's path; links in it may change later
    static constexpr const char* database_name = "state.db";
    std::unique_ptr<Database> database_;
    std::uint64_t database_inode_ = 0;
    Volume volume_;
    FileResources resources_;
    FileProperties properties_;
    DivertingResources diverting_resources_;
    DivertingProperties diverting_properties_;
    FileTrash trash_;
    std::unique_ptr<LockTable> locks_;
    std::unique_ptr<IdempotencyTable> idempotency_;
    std::unique_ptr<RecordCollector> collector_;
};

}  // namespace

Result<std::unique_ptr<Tree>> open_tree(const TreeOptions& options, const store::Clock& clock) {
    auto tree = std::make_unique<PosixTree>();
    if (auto opened = tree->open(options, clock); !opened) return std::unexpected(std::move(opened.error()));
    return tree;
}

Result<TreeReport> check_tree(const TreeOptions& options, const store::Clock& clock, bool repair, bool restored) {
    PosixTree tree;
    if (auto opened = tree.open(options, clock); !opened) return std::unexpected(std::move(opened.error()));
    return tree.check(repair, restored);
}

}  // namespace davit::fs
